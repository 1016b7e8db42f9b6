"""What a user's coupons are good for: for a basket right now, and in all the time they have had them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shared.coupons.queries import rule_of, wallet, with_coupon
from shared.errors import Refused
from shared.models import Coupon, Course, Order, UserCoupon
from shared.order_status import OrderStatus
from shared.pricing import Line, Scope, quote


class CouponState(StrEnum):
    """What became of a coupon in a user's hands."""

    USABLE = "usable"
    UPCOMING = "upcoming"
    HELD = "held"
    USED = "used"
    EXPIRED = "expired"


@dataclass(frozen=True)
class Offer:
    """A coupon that an order of these courses may use: for which of them (None: for all), and what it saves."""

    user_coupon: UserCoupon
    course_ids: Sequence[int] | None
    saves: Decimal


@dataclass(frozen=True)
class OwnCoupon:
    """A coupon in a user's hands, and the number of the live order that holds or used it."""

    user_coupon: UserCoupon
    state: CouponState
    order_number: str | None


def offers(session: Session, user_id: int, course_ids: Collection[int]) -> list[Offer]:
    """The user's coupons that an order of these courses may use, the one that saves most first."""
    courses = session.scalars(select(Course).where(Course.id.in_(course_ids)).order_by(Course.id)).all()
    lines = [Line.of(course) for course in courses]
    now = _now(session)
    valid = [entry for entry in wallet(session, user_id) if entry.coupon.start_time <= now]
    found = [offer for entry in valid if (offer := _offer(entry, lines)) is not None]
    return sorted(found, key=lambda offer: offer.saves, reverse=True)


def own_coupons(session: Session, user_id: int) -> list[OwnCoupon]:
    """All the coupons the user has or had, the newest first."""
    holder = (Order.user_coupon_id == UserCoupon.id) & Order.is_live
    query = with_coupon().add_columns(Order.status, Order.order_number).outerjoin(Order, holder)
    rows = session.execute(query.where(UserCoupon.user_id == user_id).order_by(UserCoupon.id.desc()))
    now = _now(session)
    return [OwnCoupon(entry, _state(entry, status, now), number) for entry, status, number in rows]


def _offer(entry: UserCoupon, lines: Sequence[Line]) -> Offer | None:
    """None when the coupon cannot apply to these lines."""
    rule = rule_of(entry.coupon)
    try:
        saves = quote(lines).real_price - quote(lines, rule).real_price
    except Refused:
        return None
    eligible = [line.course_id for line in lines if rule.covers(line)]
    return Offer(entry, None if rule.scope is Scope.ALL else eligible, saves)


def _state(entry: UserCoupon, status: int | None, now: datetime) -> CouponState:
    coupon: Coupon = entry.coupon
    if status is not None:
        return CouponState.USED if status == OrderStatus.PAID else CouponState.HELD
    if entry.expired_at is not None or coupon.end_time <= now:
        return CouponState.EXPIRED
    return CouponState.UPCOMING if coupon.start_time > now else CouponState.USABLE


def _now(session: Session) -> datetime:
    now: datetime = session.scalars(select(func.statement_timestamp())).one()
    return now
