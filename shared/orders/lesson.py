"""Lessons of a course that one owns: their text, and the marks of what one has done."""

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from shared.errors import Forbidden, NotFound
from shared.models import Lesson, LessonDone, OrderCourse
from shared.orders.owned import owned_by


def read(session: Session, user_id: int, course_id: int, lesson_id: int) -> Lesson:
    """The lesson of a course that the user owns. Raises NotFound and Forbidden."""
    lesson = session.scalar(select(Lesson).where(Lesson.id == lesson_id, Lesson.course_id == course_id))
    if lesson is None:
        raise NotFound("lesson_not_found", "There is no such lesson.")
    if session.scalar(owned_by(user_id).where(OrderCourse.course_id == course_id).limit(1)) is None:
        raise Forbidden("not_owned", "This lesson is for those who own the course.")
    return lesson


def mark_done(session: Session, user_id: int, course_id: int, lesson_id: int) -> None:
    """Note that the user is done with the lesson, however often they say so. Raises NotFound and Forbidden."""
    lesson = read(session, user_id, course_id, lesson_id)
    session.execute(insert(LessonDone).values(user_id=user_id, lesson_id=lesson.id).on_conflict_do_nothing())


def mark_open(session: Session, user_id: int, course_id: int, lesson_id: int) -> None:
    """Take that back. Raises NotFound and Forbidden."""
    lesson = read(session, user_id, course_id, lesson_id)
    session.execute(delete(LessonDone).where(LessonDone.lesson_id == lesson.id, LessonDone.user_id == user_id))
