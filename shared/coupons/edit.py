"""What follows when staff change or delete a coupon, or what it is for: the wallets of all who have it."""

from datetime import datetime

from sqlalchemy import Table, delete, func, select, update
from sqlalchemy.orm import Session

from shared.coupons import outbox
from shared.coupons.grants import was_used
from shared.errors import Conflict
from shared.models import Coupon, UserCoupon


def lock(session: Session, coupon: Coupon) -> datetime:
    """Hold the coupon's row, read it anew, and return when it ends before it is changed."""
    session.refresh(coupon, with_for_update={"key_share": True})
    return coupon.end_time


def follow(session: Session, coupon: Coupon, previous_end: datetime) -> None:
    """Bring users' coupons in step with a changed coupon whose row is held by `lock`.

    One whose end is moved from the past into the future is good again for all who had it. The other way round
    there is nothing to do: the listener marks what is over.
    """
    session.flush()
    theirs = UserCoupon.coupon_id == coupon.id
    now = session.scalars(select(func.statement_timestamp())).one()
    if previous_end <= now < coupon.end_time:
        session.execute(select(UserCoupon.id).where(theirs).order_by(UserCoupon.id).with_for_update(key_share=True))
        session.execute(update(UserCoupon).where(theirs).values(expired_at=None))
    outbox.put(session, theirs & UserCoupon.expired_at.is_(None))


def delete_coupon(session: Session, coupon: Coupon) -> None:
    """Delete a coupon and take it away from all who have it. Raises Conflict when an order ever named it."""
    session.refresh(coupon, with_for_update=True)
    theirs = UserCoupon.coupon_id == coupon.id
    ids = select(UserCoupon.id).where(theirs).order_by(UserCoupon.id).with_for_update()
    session.execute(ids)
    used = session.scalars(select(func.count()).select_from(UserCoupon).where(theirs, was_used())).one()
    if used:
        raise Conflict("coupon_used", f"Orders name the coupon “{coupon.name}”, so it must stay. Set its end instead.")
    outbox.put(session, theirs)
    session.execute(delete(UserCoupon).where(theirs))
    session.delete(coupon)
    session.flush()


def renamed(session: Session, scope: Table, target_id: int) -> None:
    """Bring the wallets in step in which a coupon names this direction, category or course as what it is for."""
    coupons = select(scope.c.coupon_id).where(scope.c.target_id == target_id)
    outbox.put(session, UserCoupon.coupon_id.in_(coupons) & UserCoupon.expired_at.is_(None))


def refuse_if_target(session: Session, scope: Table, target_id: int) -> None:
    """Raise Conflict when a coupon is for this direction, category or course: it would be for nothing."""
    coupons = select(Coupon.name).join(scope, scope.c.coupon_id == Coupon.id).where(scope.c.target_id == target_id)
    names = session.scalars(coupons.order_by(Coupon.id).limit(3)).all()
    if names:
        raise Conflict("coupon_target", f"The coupon “{'”, “'.join(names)}” is for it; change that first.")
