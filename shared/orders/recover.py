"""Becoming live again: recover, and what a late payment shares with it."""

from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shared.coupons.queries import usable_coupon
from shared.errors import Conflict, Refused
from shared.models import Order
from shared.order_status import OrderStatus
from shared.orders.deadline import deadlines
from shared.orders.hold import take
from shared.orders.own import is_own, raise_wrong_state
from shared.orders.place import insert_live
from shared.stores.locks import lock_user


def recover(session: Session, user_id: int, order_id: int, timeout: int) -> Order:
    """Reopen the user's timed-out order for another `timeout` seconds, taking its credit and coupon again.

    Raises NotFound, or Conflict when it is not timed out or its credit or coupon is gone.
    """
    timed_out = select(Order).where(Order.id == order_id, is_own(user_id), Order.status == OrderStatus.TIMED_OUT)
    # What the session read before it had the lock may be over by now.
    fresh = timed_out.with_for_update(key_share=True).execution_options(populate_existing=True)
    order = session.scalar(fresh)
    if order is None:
        raise_wrong_state(session, user_id, order_id)
    lock_user(session, user_id)
    become_live(session, order, {}, status=OrderStatus.UNPAID, **deadlines(database_now(session), timeout))
    return order


def become_live(session: Session, order: Order, told: dict[str, Any], **changes: Any) -> None:
    """Open the next round of a closed order whose row and user are locked, taking what it held again.

    Raises Conflict when its credit or its coupon is gone; the caller's transaction or savepoint must then end.
    """
    _check_coupon(session, order)
    order.round += 1
    order.hidden = False
    for name, value in changes.items():
        setattr(order, name, value)
    insert_live(session, order)
    take(session, order, **told)


def database_now(session: Session) -> datetime:
    """What time it is, by the only clock that decides."""
    now: datetime = session.scalars(select(func.clock_timestamp())).one()
    return now


def _check_coupon(session: Session, order: Order) -> None:
    try:
        usable_coupon(session, order.user_id, order.user_coupon_id)
    except Refused as gone:
        raise Conflict("coupon_gone", gone.detail) from None
