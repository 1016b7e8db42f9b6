"""The outline of a course, and how far a user is with it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, ScalarSelect, exists, false, func, select
from sqlalchemy.orm import Session

from shared.models import Lesson, LessonDone


def outline(session: Session, course_id: int, user_id: int | None) -> Sequence[Row[*tuple[Any, ...]]]:
    """The lessons of a course in their order, without their text, each with whether that user has `done` it."""
    done = false() if user_id is None else exists().where(LessonDone.lesson_id == Lesson.id, _is_of(user_id))
    columns = (Lesson.id, Lesson.title, Lesson.minutes, done.label("done"))
    return session.execute(select(*columns).where(Lesson.course_id == course_id).order_by(Lesson.position)).all()


def count_in(course_id: Any) -> ScalarSelect[int]:
    """How many lessons the course has."""
    return select(func.count()).select_from(Lesson).where(Lesson.course_id == course_id).scalar_subquery()


def count_done(user_id: int, course_id: Any) -> ScalarSelect[int]:
    """How many of them the user has done."""
    marks = select(func.count()).select_from(LessonDone).join(Lesson, Lesson.id == LessonDone.lesson_id)
    return marks.where(_is_of(user_id), Lesson.course_id == course_id).scalar_subquery()


def _is_of(user_id: int) -> Any:
    return LessonDone.user_id == user_id
