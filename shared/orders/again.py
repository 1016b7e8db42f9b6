"""Buying what a closed order was for once more: which of its courses can be had."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.models import Course, Order, OrderCourse
from shared.orders.own import is_own, raise_wrong_state
from shared.orders.owned import owned_by

OWNED = "owned"
OFF_SALE = "off_sale"
REASONS = (OWNED, OFF_SALE)
"""Why a course cannot be bought again."""


@dataclass(frozen=True)
class LeftOut:
    """A course that cannot be bought again, and which of `REASONS` that has."""

    course_id: int
    course_name: str
    reason: str


@dataclass(frozen=True)
class Again:
    """The ids of the courses that can be bought again, in order, and those courses that cannot."""

    course_ids: list[int]
    left_out: list[LeftOut]


def again(session: Session, user_id: int, order_id: int) -> Again:
    """Tell the courses of the user's closed order apart. Raises NotFound, or Conflict when it is not closed."""
    closed = select(Order.id).where(Order.id == order_id, is_own(user_id), ~Order.is_live)
    if session.scalar(closed) is None:
        raise_wrong_state(session, user_id, order_id)
    of_it = select(OrderCourse.course_id).where(OrderCourse.order_id == order_id)
    courses = session.scalars(select(Course).where(Course.id.in_(of_it)).order_by(Course.id)).all()
    among_these = OrderCourse.course_id.in_([course.id for course in courses])
    owned = session.scalars(owned_by(user_id).where(among_these)).all()
    reasons = {course.id: _why_not(course, owned) for course in courses}
    return Again(
        [course_id for course_id, reason in reasons.items() if reason is None],
        [LeftOut(course.id, course.name, reason) for course in courses if (reason := reasons[course.id])],
    )


def _why_not(course: Course, owned: Collection[int]) -> str | None:
    if course.id in owned:
        return OWNED
    return None if course.on_sale else OFF_SALE
