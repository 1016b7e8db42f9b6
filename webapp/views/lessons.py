"""Lessons, for those who own their course."""

from flask import Response

from shared.models import Lesson
from shared.orders import lesson as lessons
from webapp.auth import login_required, user
from webapp.blueprint import Blueprint
from webapp.current import session
from webapp.schemas.courses import LessonSchema

RULE = "/<id:course_id>/lessons/<id:lesson_id>/"

blueprint = Blueprint("lessons", __name__, url_prefix="/courses", description="What one learns with")


@blueprint.route(RULE)
@login_required
@blueprint.response(200, LessonSchema)
def lesson(course_id: int, lesson_id: int) -> Lesson:
    """Read a lesson of a course that one owns; 403 `not_owned` otherwise."""
    return lessons.read(session(), user().id, course_id, lesson_id)


@blueprint.route(f"{RULE}done/", methods=["PUT"])
@login_required
@blueprint.response(204)
def done(course_id: int, lesson_id: int) -> Response:
    """Note that one is done with it."""
    lessons.mark_done(session(), user().id, course_id, lesson_id)
    session().commit()
    return Response(status=204)


@blueprint.route(f"{RULE}done/", methods=["DELETE"])
@login_required
@blueprint.response(204)
def not_done(course_id: int, lesson_id: int) -> Response:
    """Take that back."""
    lessons.mark_open(session(), user().id, course_id, lesson_id)
    session().commit()
    return Response(status=204)
