"""What a user thinks of what they bought."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.orm import Session

from shared.errors import Conflict, NotFound
from shared.models import Order, OrderCourse, Review
from shared.order_status import OrderStatus
from shared.orders.own import is_own, raise_wrong_state


def review(
    session: Session, user_id: int, order_id: int, course_id: int | None, rating: int, content: str
) -> list[Review]:
    """Review one course of the user's paid order, or without `course_id` each that they have not reviewed yet.

    There is one review for each user and course, over all orders; one whose order was refunded is written anew.
    Raises NotFound for an order or a course that is not theirs, and Conflict when the order is not paid or there
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
    written = session.scalars(_once(user_id, rows).returning(Review)).all()
    if not written:
        raise Conflict("already_reviewed", "This was reviewed before.")
    return list(written)


def _once(user_id: int, rows: list[dict[str, Any]]) -> Insert:
    new = insert(Review).values(rows)
    anew = {name: new.excluded[name] for name in ("order_id", "rating", "content")}
    paid = select(Order.id).where(Order.user_id == user_id, Order.status == OrderStatus.PAID)
    return new.on_conflict_do_update(
        constraint="uq_reviews_user_id_course_id",
        set_=anew | {"created_at": func.clock_timestamp()},
        where=Review.order_id.not_in(paid),
    )
