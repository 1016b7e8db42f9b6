"""Putting a finished order out of its user's sight."""

from sqlalchemy import update
from sqlalchemy.orm import Session

from shared.models import Order
from shared.order_status import FINISHED
from shared.orders.close import raise_wrong_state


def hide(session: Session, user_id: int, order_id: int) -> None:
    """Hide the user's finished order from him. Raises NotFound, or Conflict when it is not finished."""
    own = update(Order).where(Order.id == order_id, Order.user_id == user_id, ~Order.hidden)
    finished = own.where(Order.status.in_([int(status) for status in FINISHED])).values(hidden=True)
    if session.scalar(finished.returning(Order.id)) is None:
        raise_wrong_state(session, user_id, order_id)
