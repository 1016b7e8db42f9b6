"""Becoming live again: recover, and what a late payment shares with it."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shared.coupons.queries import usable_coupon
from shared.errors import Conflict, Refused
from shared.models import Order, OrderEvent
from shared.order_status import MOST_RECOVERIES, RECOVER_WITHIN, OrderStatus
from shared.orders.deadline import deadlines
from shared.orders.hold import take
from shared.orders.own import is_own, raise_wrong_state
from shared.orders.owned import refuse_order_with_owned
from shared.orders.place import insert_live
from shared.stores.locks import lock_user


def recover(session: Session, user_id: int, order_id: int, timeout: int, recover_within: int = RECOVER_WITHIN) -> Order:
    """Reopen the user's timed-out order for another `timeout` seconds, taking its credit and coupon again.

    Raises NotFound, or Conflict when it is not timed out, timed out more than `recover_within` seconds ago, was
    recovered `MOST_RECOVERIES` times, has a course that is owned by now, or when its credit or coupon is gone.
    """
    timed_out = select(Order).where(Order.id == order_id, is_own(user_id), Order.status == OrderStatus.TIMED_OUT)
    # What the session read before it had the lock may be over by now.
    fresh = timed_out.with_for_update(key_share=True).execution_options(populate_existing=True)
    order = session.scalar(fresh)
    if order is None:
        raise_wrong_state(session, user_id, order_id)
    lock_user(session, user_id)
    check_window(session, order, recover_within)
    if order.recoveries >= MOST_RECOVERIES:
        raise Conflict("recovered_too_often", f"The order was recovered {MOST_RECOVERIES} times; order anew.")
    order.recoveries += 1
    become_live(
        session,
        order,
        {"recovery": order.recoveries},
        status=OrderStatus.UNPAID,
        **deadlines(database_now(session), timeout),
    )
    return order


def become_live(session: Session, order: Order, told: dict[str, Any], **changes: Any) -> None:
    """Open the next round of a closed order whose row and user are locked, taking what it held again.

    Raises Conflict when a course of it is owned by now or its credit or its coupon is gone; the caller's
    transaction or savepoint must then end.
    """
    refuse_order_with_owned(session, order)
    _check_coupon(session, order)
    order.round += 1
    order.hidden = False
    for name, value in changes.items():
        setattr(order, name, value)
    insert_live(session, order)
    take(session, order, **told)


def check_window(session: Session, order: Order, recover_within: int) -> None:
    """Raise Conflict when a closed order was closed more than `recover_within` seconds ago: its prices are old."""
    closed = (OrderEvent.order_id == order.id, OrderEvent.kind == "status", OrderEvent.status == order.status)
    closed_at = session.scalar(select(func.max(OrderEvent.created_at)).where(*closed)) or order.expires_at
    if database_now(session) - closed_at > timedelta(seconds=recover_within):
        raise Conflict("recover_too_late", f"The order was {OrderStatus(order.status).words} too long ago; order anew.")


def database_now(session: Session) -> datetime:
    """What time it is, by the only clock that decides."""
    now: datetime = session.scalars(select(func.clock_timestamp())).one()
    return now


def _check_coupon(session: Session, order: Order) -> None:
    try:
        usable_coupon(session, order.user_id, order.user_coupon_id)
    except Refused as gone:
        raise Conflict("coupon_gone", gone.detail) from None
