"""What buyers think of a course."""

from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, exists, func, select

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


def mean_rating() -> ScalarSelect[Any]:
    """The mean of all ratings of the course, to one decimal; NULL without any."""
    return _of_course(func.round(func.avg(Review.rating), 1))


def review_count() -> ScalarSelect[int]:
    """How many reviews the course has."""
    return _of_course(func.count(Review.id))


def reviews_of(course_id: int) -> Select[*tuple[Any, ...]]:
    """The reviews of a course, newest first.

    Buyers are known by their nicknames; what they log in with is nobody's business.
    """
    columns = (User.nickname, Review.rating, Review.content, Review.created_at)
    mine = (Review.course_id == course_id, is_shown())
    return select(*columns).join(User, User.id == Review.user_id).where(*mine).order_by(Review.id.desc())


def _of_course(figure: ColumnElement[Any]) -> ScalarSelect[Any]:
    return select(figure).where(Review.course_id == Course.id, is_shown()).correlate(Course).scalar_subquery()
