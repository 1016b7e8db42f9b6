"""What buyers think of a course."""

from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shared.models import Course, Review, User

SHOWN = 20


class ReviewedCourse:
    """A course with `rating`, the mean of all with one decimal or None, and `reviews`, the newest `SHOWN`."""

    def __init__(self, course: Course, session: Session) -> None:
        self._course = course
        of_it = Review.course_id == course.id
        mean: Decimal | None = session.scalar(select(func.avg(Review.rating)).where(of_it))
        self.rating = None if mean is None else f"{mean:.1f}"
        columns = (User.username, Review.rating, Review.content, Review.created_at)
        newest = select(*columns).join(User, User.id == Review.user_id).where(of_it).order_by(Review.id.desc())
        self.reviews = session.execute(newest.limit(SHOWN)).all()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._course, name)
