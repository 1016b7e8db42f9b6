"""Reading orders as their users see them."""

from sqlalchemy import Integer, Select, case, cast, func, select
from sqlalchemy.orm import Session, selectinload, with_expression

from shared.errors import NotFound
from shared.models import Order
from shared.order_status import OrderStatus

_LEFT = func.ceil(func.extract("epoch", Order.expires_at - func.clock_timestamp()))
_SECONDS_LEFT = case((Order.status == OrderStatus.UNPAID, cast(func.greatest(_LEFT, 0), Integer)), else_=0)


def own_orders(user_id: int) -> Select[Order]:
    """The user's orders that he did not hide, newest first, with their lines and `seconds_left`."""
    return (
        select(Order)
        .options(selectinload(Order.lines), with_expression(Order.seconds_left, _SECONDS_LEFT))
        .where(Order.user_id == user_id, ~Order.hidden)
        .order_by(Order.id.desc())
    )


def own_order(session: Session, user_id: int, order_id: int) -> Order:
    """The user's order. Raises NotFound."""
    order = session.scalar(own_orders(user_id).where(Order.id == order_id))
    if order is None:
        raise NotFound("order_not_found", "There is no such order.")
    return order
