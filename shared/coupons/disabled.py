"""Which of a user's coupons an order of some courses cannot use, and why."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.coupons.queries import rule_of
from shared.coupons.use import CouponState, OwnCoupon, own_coupons
from shared.models import Course, UserCoupon
from shared.pricing import NOTHING, CouponRule, Line


class Reason(StrEnum):
    """Why an order cannot use a coupon; the first that holds."""

    HELD = "held"
    NOT_STARTED = "not_started"
    OTHER_COURSES = "other_courses"
    DISCOUNTED = "discounted"
    BELOW_CONDITION = "below_condition"


@dataclass(frozen=True)
class Disabled:
    """A coupon that cannot be used: why, how much of its courses is missing to its condition, and which order holds it.

    `missing` and `order_number` are None unless they are the reason.
    """

    user_coupon: UserCoupon
    reason: Reason
    missing: Decimal | None = None
    order_number: str | None = None


def disabled(session: Session, user_id: int, course_ids: Collection[int]) -> list[Disabled]:
    """The user's coupons, neither used nor over, that an order of these courses cannot use; the newest first."""
    lines = [Line.of(course) for course in session.scalars(select(Course).where(Course.id.in_(course_ids)))]
    found = (_disabled(own, lines) for own in own_coupons(session, user_id)) if lines else ()
    return [each for each in found if each is not None]


def _disabled(own: OwnCoupon, lines: Sequence[Line]) -> Disabled | None:
    match own.state:
        case CouponState.HELD:
            return Disabled(own.user_coupon, Reason.HELD, order_number=own.order_number)
        case CouponState.UPCOMING:
            return Disabled(own.user_coupon, Reason.NOT_STARTED)
        case CouponState.USABLE:
            return _not_for(own.user_coupon, rule_of(own.user_coupon.coupon), lines)
        case _:
            return None


def _not_for(user_coupon: UserCoupon, rule: CouponRule, lines: Sequence[Line]) -> Disabled | None:
    eligible = sum((line.real_price for line in lines if rule.covers(line)), NOTHING)
    if any(rule.covers(line) for line in lines):
        missing = rule.condition - eligible
        return Disabled(user_coupon, Reason.BELOW_CONDITION, missing) if missing > 0 else None
    discounted = any(rule.is_for(line) for line in lines)
    return Disabled(user_coupon, Reason.DISCOUNTED if discounted else Reason.OTHER_COURSES)
