"""The courses as the school shows them: found, sorted, and each in full."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Select, false, func, or_, select
from sqlalchemy.orm import Session, joinedload, with_expression

from shared.lessons import outline
from shared.models import Category, Course, Direction
from shared.orders.owned import owned_by
from shared.reviews import SHOWN, mean_rating, review_count, reviews_of

_PRICE = func.coalesce(Course.discount_price, Course.price)

SORTS: dict[str, tuple[ColumnElement[Any], ...]] = {
    "": (Course.id.asc(),),
    "newest": (Course.id.desc(),),
    "price": (_PRICE.asc(), Course.id.asc()),
    "-price": (_PRICE.desc(), Course.id.asc()),
    "rating": (mean_rating().desc().nulls_last(), review_count().desc(), Course.id.asc()),
}

MOST_WORDS = 10


def courses_for(user_id: int | None) -> Select[Course]:
    """The courses with their subjects, what buyers think of them, and whether that user owns them."""
    owned = false() if user_id is None else Course.id.in_(owned_by(user_id))
    return select(Course).options(
        joinedload(Course.direction),
        joinedload(Course.category),
        with_expression(Course.owned, owned),
        with_expression(Course.rating, mean_rating()),
        with_expression(Course.review_count, review_count()),
    )


def has_words(words: Collection[str]) -> list[ColumnElement[bool]]:
    """Whether each of the words is somewhere in what a course is called, or in what it says of itself."""
    return [_has(word) for word in list(words)[:MOST_WORDS]]


class CourseInFull:
    """A course with its `lessons`, each with whether that user has `done` it, and its `SHOWN` newest `reviews`."""

    def __init__(self, course: Course, session: Session, user_id: int | None) -> None:
        self._course = course
        self.lessons = outline(session, course.id, user_id)
        self.reviews = session.execute(reviews_of(course.id).limit(SHOWN)).all()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._course, name)


def _has(word: str) -> ColumnElement[bool]:
    own = (Course.name, Course.name_en, Course.brief)
    return or_(
        *(column.icontains(word, autoescape=True) for column in own),
        *(subject.has(_is_called(kind, word)) for subject, kind in _SUBJECTS),
    )


_SUBJECTS: tuple[tuple[Any, type[Direction] | type[Category]], ...] = (
    (Course.direction, Direction),
    (Course.category, Category),
)


def _is_called(kind: type[Direction] | type[Category], word: str) -> ColumnElement[bool]:
    return or_(kind.name.icontains(word, autoescape=True), kind.name_en.icontains(word, autoescape=True))
