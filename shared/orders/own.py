"""Which orders are a user's own, and what is answered about any other, or about one in the wrong state."""

from typing import NoReturn

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from shared.errors import Conflict, NotFound
from shared.models import Order
from shared.order_status import OrderStatus

OWN = "user_id = :user_id AND NOT hidden"
"""`is_own` for a statement that is written in SQL."""


def is_own(user_id: int) -> ColumnElement[bool]:
    """Whether an order belongs to the user and was not hidden by them."""
    return (Order.user_id == user_id) & ~Order.hidden


def order_not_found() -> NotFound:
    """There is no such order, or it is another user's."""
    return NotFound("order_not_found", "There is no such order.")


def wrong_state(status: int) -> Conflict:
    """The order's state forbids what was asked."""
    return Conflict("order_state", f"The order is {OrderStatus(status).words}.")


def raise_wrong_state(session: Session, user_id: int, order_id: int) -> NoReturn:
    """Raise NotFound when the user has no such order, else Conflict naming the state it is in."""
    status = session.scalar(select(Order.status).where(Order.id == order_id, is_own(user_id)))
    raise order_not_found() if status is None else wrong_state(status)
