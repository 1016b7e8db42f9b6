"""What a user thinks of what he bought."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from shared.errors import Conflict, NotFound
from shared.models import Order, OrderCourse, Review
from shared.order_status import OrderStatus
from shared.orders.own import is_own, raise_wrong_state


def review(
    session: Session, user_id: int, order_id: int, course_id: int | None, rating: int, content: str
) -> list[Review]:
    """Review one course of the user's paid order, or without `course_id` each that he has not reviewed yet.

    Raises NotFound for an order or a course that is not his, and Conflict when the order is not paid or there
    is nothing left to review.
    """
    paid = select(Order).where(Order.id == order_id, is_own(user_id), Order.status == OrderStatus.PAID)
    if session.scalar(paid.with_for_update(key_share=True, read=True)) is None:
        raise_wrong_state(session, user_id, order_id)
    ordered = session.scalars(select(OrderCourse.course_id).where(OrderCourse.order_id == order_id)).all()
    if course_id is not None and course_id not in ordered:
        raise NotFound("course_not_found", "The order has no such course.")
    rows = [
        {"order_id": order_id, "course_id": each, "user_id": user_id, "rating": rating, "content": content}
        for each in ([course_id] if course_id is not None else ordered)
    ]
    once = insert(Review).values(rows).on_conflict_do_nothing(constraint="uq_reviews_order_id_course_id")
    written = session.scalars(once.returning(Review)).all()
    if not written:
        raise Conflict("already_reviewed", "This was reviewed before.")
    return list(written)
