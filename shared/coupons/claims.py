"""Coupons that users take themselves."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, selectinload

from shared.coupons import outbox
from shared.errors import Conflict, NotFound, Refused
from shared.models import Coupon, UserCoupon
from shared.pricing import GetType


@dataclass(frozen=True)
class Claimable:
    """A coupon to take: how many are left, and whether this user has taken all that they may."""

    coupon: Coupon
    left: int
    claimed: bool


def claimable(session: Session, user_id: int) -> list[Claimable]:
    """The coupons that users take themselves and whose time is not over, also those that are all gone."""
    scopes = (Coupon.directions, Coupon.categories, Coupon.courses)
    query = (
        select(Coupon, _count(), _count(UserCoupon.user_id == user_id))
        .options(*(selectinload(scope) for scope in scopes))
        .where(
            Coupon.withdrawn_at.is_(None),
            Coupon.get_type == GetType.TAKEN,
            Coupon.total > 0,
            Coupon.end_time > func.statement_timestamp(),
        )
        .order_by(Coupon.id)
    )
    return [
        Claimable(coupon, max(coupon.total - taken, 0), own >= coupon.per_user)
        for coupon, taken, own in session.execute(query)
    ]


def claim(session: Session, user_id: int, coupon_id: int) -> UserCoupon:
    """Give the user one of the coupon. Raises NotFound, Refused when it is not for taking, or Conflict.

    Claims of one coupon happen one after another: each counts under the lock of the coupon's row.
    """
    locked = select(Coupon).where(Coupon.id == coupon_id).with_for_update(key_share=True)
    coupon = session.scalar(locked.execution_options(populate_existing=True))
    if coupon is None:
        raise NotFound("coupon_not_found", "There is no such coupon.")
    if coupon.get_type != GetType.TAKEN:
        raise Refused("coupon_not_for_taking", "This coupon is given by the school only.")
    if coupon.withdrawn_at is not None:
        raise Conflict("coupon_off_sale", "This coupon is no longer handed out.")
    taken, own, over = _counts(session, user_id, coupon)
    if own >= coupon.per_user:
        raise Conflict("already_claimed", "You have taken as many of this coupon as you may.")
    if over or taken >= coupon.total:
        raise Conflict("coupon_gone", "The coupon's time is over." if over else "None of this coupon is left.")
    user_coupon = UserCoupon(user_id=user_id, coupon=coupon)
    session.add(user_coupon)
    session.flush()
    outbox.put(session, UserCoupon.id == user_coupon.id)
    return user_coupon


def _counts(session: Session, user_id: int, coupon: Coupon) -> Sequence[int]:
    """How many were taken of it, how many by this user, and whether its time is over."""
    over = Coupon.end_time <= func.statement_timestamp()
    query = select(_count(), _count(UserCoupon.user_id == user_id), over).where(Coupon.id == coupon.id)
    return session.execute(query).one()


def _count(*which: ColumnElement[bool]) -> ColumnElement[int]:
    taken = select(func.count()).select_from(UserCoupon).where(UserCoupon.coupon_id == Coupon.id, *which)
    return taken.correlate(Coupon).scalar_subquery()
