"""A course is owned by whoever has a paid order with it, also one of 0.00; nobody is to pay for it again."""

from collections.abc import Collection

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from shared.errors import Conflict
from shared.models import Order, OrderCourse
from shared.order_status import OrderStatus


def owned_by(user_id: int) -> Select[int]:
    """The ids of the courses the user owns."""
    paid = (Order.user_id == user_id, Order.status == OrderStatus.PAID)
    return select(OrderCourse.course_id).join(Order, Order.id == OrderCourse.order_id).where(*paid)


def refuse_owned(session: Session, user_id: int, course_ids: Collection[int]) -> None:
    """Raise Conflict, naming them, when the user owns some of the courses.

    Unless the caller holds the user's row, another order may be paid a moment later.
    """
    among_these = owned_by(user_id).add_columns(OrderCourse.course_name).where(OrderCourse.course_id.in_(course_ids))
    names = {course_id: name for course_id, name in session.execute(among_these.order_by(OrderCourse.course_id))}
    if names:
        listed = ", ".join(f"{course_id} ({name})" for course_id, name in names.items())
        raise Conflict("already_owned", f"Already owned: course {listed}.", course_ids=list(names))


def refuse_order_with_owned(session: Session, order: Order) -> None:
    """Raise Conflict when the user of an order that is not paid owns one of its courses."""
    refuse_owned(session, order.user_id, [line.course_id for line in order.lines])
