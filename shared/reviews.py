"""What buyers think of a course."""

from typing import Any

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from shared.models import Course, Order, Review, User
from shared.order_status import OrderStatus

SHOWN = 20


def counts() -> ColumnElement[bool]:
    """Whether a review counts: the order it was written for is paid, and not given back."""
    return exists().where(Order.id == Review.order_id, Order.status == OrderStatus.PAID).correlate(Review)


def is_shown() -> ColumnElement[bool]:
    """Whether a review is shown, and part of the mean: it counts, and staff did not hide it."""
    return Review.hidden_at.is_(None) & counts()


def reviewed_by(user_id: int | ColumnElement[int], course_id: Any) -> ColumnElement[bool]:
    """Whether the user has a review of the course that counts."""
    return exists().where(Review.user_id == user_id, Review.course_id == course_id, counts())


class ReviewedCourse:
    """A course with `rating`, the mean of all with one decimal or None, and `reviews`, the newest `SHOWN` of

    `review_count`.

    Buyers are known by their nicknames; what they log in with is nobody's business.
    """

    def __init__(self, course: Course, session: Session) -> None:
        self._course = course
        of_it = (Review.course_id == course.id, is_shown())
        figures = select(func.count(), func.avg(Review.rating)).where(*of_it)
        self.review_count, mean = session.execute(figures).one()
        self.rating = None if mean is None else f"{mean:.1f}"
        columns = (User.nickname, Review.rating, Review.content, Review.created_at)
        newest = select(*columns).join(User, User.id == Review.user_id).where(*of_it).order_by(Review.id.desc())
        self.reviews = session.execute(newest.limit(SHOWN)).all()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._course, name)
