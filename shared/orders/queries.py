"""Reading orders as their users see them."""

from sqlalchemy import ColumnElement, Integer, Select, case, cast, func, select, true
from sqlalchemy.orm import Session, selectinload, with_expression

from shared.models import Course, Order, OrderCourse
from shared.order_status import OrderStatus
from shared.orders.own import is_own, order_not_found
from shared.reviews import reviewed_by

_LEFT = func.ceil(func.extract("epoch", Order.expires_at - func.clock_timestamp()))
_SECONDS_LEFT = case((Order.status == OrderStatus.UNPAID, cast(func.greatest(_LEFT, 0), Integer)), else_=0)

_NAME_EN = select(Course.name_en).where(Course.id == OrderCourse.course_id).scalar_subquery()


def own_orders(user_id: int) -> Select[Order]:
    """The user's orders that they did not hide, newest first, with their lines and `seconds_left`."""
    return (
        select(Order)
        .options(
            selectinload(Order.lines).options(
                with_expression(OrderCourse.reviewed, reviewed_by(user_id, OrderCourse.course_id)),
                with_expression(OrderCourse.course_name_en, _NAME_EN),
            ),
            with_expression(Order.seconds_left, _SECONDS_LEFT),
        )
        .where(is_own(user_id))
        .order_by(Order.id.desc())
    )


def found_by(search: str) -> ColumnElement[bool]:
    """Whether an order's number begins or ends with what is searched for, or the name of a course of it has that in it.

    It is for the few orders of one user, which their index finds: it has none of its own. Nothing searched finds all.
    """
    if not search:
        return true()
    named = Order.lines.any(OrderCourse.course_name.icontains(search, autoescape=True))
    if not (search.isascii() and search.isdigit()):
        return named
    return named | Order.order_number.startswith(search) | Order.order_number.endswith(search)


def counts_of(session: Session, user_id: int, search: str = "") -> dict[int | None, int]:
    """How many of the user's orders that they did not hide are in each state, and under None in all."""
    mine = select(Order.status, func.count()).where(is_own(user_id), found_by(search)).group_by(Order.status)
    found = {status: count for status, count in session.execute(mine)}
    return {None: sum(found.values())} | {int(status): found.get(status, 0) for status in OrderStatus}


def own_order(session: Session, user_id: int, order_id: int) -> Order:
    """The user's order. Raises NotFound."""
    order = session.scalar(own_orders(user_id).where(Order.id == order_id))
    if order is None:
        raise order_not_found()
    return order


def own_order_numbered(session: Session, user_id: int, order_number: str) -> Order:
    """The user's order of that number, whatever that is. Raises NotFound."""
    mine = own_orders(user_id).where(Order.order_number == order_number)
    # Only digits: a NUL, for one, cannot even be asked for. Fresh: others settle and time out meanwhile.
    known = order_number.isascii() and order_number.isdigit()
    order = session.scalar(mine.execution_options(populate_existing=True)) if known else None
    if order is None:
        raise order_not_found()
    return order


def order_numbered(session: Session, order_number: str) -> Order:
    """The order of that number, whose ever it is. Raises NotFound."""
    order = session.scalar(select(Order).where(Order.order_number == order_number))
    if order is None:
        raise order_not_found()
    return order
