"""Putting a finished order out of its user's sight."""

from sqlalchemy import update
from sqlalchemy.orm import Session

from shared.models import Order
from shared.orders.own import is_own, raise_wrong_state


def hide(session: Session, user_id: int, order_id: int) -> None:
    """Hide the user's finished order from them. Raises NotFound, or Conflict when it is not finished."""
    finished = update(Order).where(Order.id == order_id, is_own(user_id), ~Order.is_live)
    if session.scalar(finished.values(hidden=True).returning(Order.id)) is None:
        raise_wrong_state(session, user_id, order_id)
