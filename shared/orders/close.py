"""Leaving the live states: time_out, cancel and refund."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from lapse.keys import Id
from lapse.kind import TRIGGER
from shared.models import Payment, PaymentIntent
from shared.order_status import OrderStatus, Transition, transition_by
from shared.orders.give_back import Closed, close
from shared.orders.money import REFUNDED, give_money_back
from shared.orders.own import OWN, raise_wrong_state

TIME_OUT, CANCEL, REFUND = transition_by("time_out"), transition_by("cancel"), transition_by("refund")

_PATH_AND_LATENESS = """
    , 'path', CAST(:path AS text), 'late', round(extract(epoch FROM clock_timestamp() - expires_at), 3)
"""


def time_out(session: Session, order_ids: Sequence[Id]) -> list[Closed]:
    """Time out those of the orders that are still unpaid and past their deadline, and return them.

    Their history says by which path the engine came to it, and how many seconds late.

    An order that another transaction is changing at this moment is passed over: the next sweep looks again.
    """
    guard = "id = ANY(:ids) AND expires_at <= statement_timestamp()"
    params = {"ids": list(order_ids), "path": session.info.get(TRIGGER)}
    return close(session, TIME_OUT, guard, params, told=_PATH_AND_LATENESS, skip_locked=True)


def cancel(session: Session, user_id: int, order_id: int) -> Closed:
    """Cancel the user's unpaid order. Raises NotFound, or Conflict when it is not unpaid.

    If they were sent to pay, the provider is soon asked whether they did nevertheless.
    """
    closed = _close_own(session, user_id, order_id, CANCEL)
    ask_soon(session, order_id)
    return closed


def ask_soon(session: Session, order_id: int) -> None:
    """Let the provider be asked about a cancelled order within a second or so, if its user was sent to pay."""
    soon = func.least(PaymentIntent.ask_at, func.clock_timestamp() + timedelta(seconds=1))
    session.execute(update(PaymentIntent).where(PaymentIntent.order_id == order_id).values(asked=0, ask_at=soon))


def expire_now(session: Session, order_id: int) -> bool:
    """Move the deadline of an unpaid order to now, so that time_out applies; False if it is not unpaid."""
    statement = "UPDATE orders SET expires_at = clock_timestamp() WHERE id = :id AND status = :unpaid RETURNING id"
    return session.execute(text(statement), {"id": order_id, "unpaid": int(OrderStatus.UNPAID)}).first() is not None


def refund(session: Session, user_id: int, order_id: int) -> Closed:
    """Give the user's paid order up and put its money down to be refunded. Raises NotFound or Conflict."""
    closed = _close_own(session, user_id, order_id, REFUND)
    give_all_money_back(session, order_id, "the user gave the order back")
    return closed


def give_all_money_back(session: Session, order_id: int, reason: str) -> None:
    """Put down to be refunded whatever was kept for an order."""
    kept = select(Payment).where(Payment.order_id == order_id, Payment.outcome != REFUNDED)
    for payment in session.scalars(kept):
        give_money_back(session, payment, reason)


def _close_own(session: Session, user_id: int, order_id: int, change: Transition) -> Closed:
    closed = close(session, change, f"id = :id AND {OWN}", {"id": order_id, "user_id": user_id})
    return closed[0] if closed else raise_wrong_state(session, user_id, order_id)
