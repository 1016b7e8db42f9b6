"""Leaving the live states: time_out, cancel and refund."""

from collections.abc import Sequence
from datetime import timedelta
from typing import NoReturn

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from lapse.keys import Id
from shared.errors import Conflict, NotFound
from shared.models import Order, Payment, PaymentIntent
from shared.order_status import OrderStatus
from shared.orders.give_back import Closed, close
from shared.orders.money import REFUNDED, give_money_back


def time_out(session: Session, order_ids: Sequence[Id]) -> list[Closed]:
    """Time out those of the orders that are still unpaid and past their deadline, and return them.

    An order that another transaction is changing at this moment is passed over: the next sweep looks again.
    """
    guard = "id = ANY(:ids) AND status = 0 AND expires_at <= statement_timestamp()"
    return close(session, OrderStatus.TIMED_OUT, guard, {"ids": list(order_ids)}, skip_locked=True)


def cancel(session: Session, user_id: int, order_id: int) -> Closed:
    """Cancel the user's unpaid order. Raises NotFound, or Conflict when it is not unpaid.

    If he was sent to pay, the provider is soon asked whether he did nevertheless.
    """
    closed = _close_own(session, user_id, order_id, OrderStatus.UNPAID, OrderStatus.CANCELLED)
    soon = func.least(PaymentIntent.ask_at, func.now() + timedelta(seconds=1))
    session.execute(update(PaymentIntent).where(PaymentIntent.order_id == order_id).values(asked=0, ask_at=soon))
    return closed


def expire_now(session: Session, order_id: int) -> bool:
    """Move the deadline of an unpaid order to now, so that time_out applies; False if it is not unpaid."""
    statement = "UPDATE orders SET expires_at = statement_timestamp() WHERE id = :id AND status = 0 RETURNING id"
    return session.execute(text(statement), {"id": order_id}).first() is not None


def refund(session: Session, user_id: int, order_id: int) -> Closed:
    """Give the user's paid order up and put its money down to be refunded. Raises NotFound or Conflict."""
    closed = _close_own(session, user_id, order_id, OrderStatus.PAID, OrderStatus.REFUNDED)
    kept = select(Payment).where(Payment.order_id == order_id, Payment.outcome != REFUNDED)
    for payment in session.scalars(kept):
        give_money_back(session, payment, "the user gave the order back")
    return closed


def _close_own(session: Session, user_id: int, order_id: int, from_status: OrderStatus, to: OrderStatus) -> Closed:
    guard = "id = :id AND user_id = :user_id AND status = :from_status AND NOT hidden"
    closed = close(session, to, guard, {"id": order_id, "user_id": user_id, "from_status": int(from_status)})
    return closed[0] if closed else raise_wrong_state(session, user_id, order_id)


def raise_wrong_state(session: Session, user_id: int, order_id: int) -> NoReturn:
    """Raise NotFound when the user has no such order, else Conflict naming the state it is in."""
    own = (Order.id == order_id, Order.user_id == user_id, ~Order.hidden)
    status = session.scalar(select(Order.status).where(*own))
    if status is None:
        raise NotFound("order_not_found", "There is no such order.")
    raise Conflict("order_state", f"The order is {OrderStatus(status).words}.")
