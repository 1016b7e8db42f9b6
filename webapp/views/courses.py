"""The catalogue, open to everybody."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, false, select
from sqlalchemy.orm import joinedload, with_expression

from shared.errors import NotFound
from shared.models import Category, Course, Direction
from shared.orders.owned import owned_by
from shared.reviews import ReviewedCourse
from webapp.auth import login_optional, user_if_known
from webapp.blueprint import Blueprint
from webapp.current import session
from webapp.paging import page_of
from webapp.schemas.courses import (
    CategorySchema,
    CourseDetailSchema,
    CoursePageSchema,
    CourseQuery,
    DirectionSchema,
)

blueprint = Blueprint("courses", __name__, url_prefix="/courses", description="What the school offers")


@blueprint.route("/")
@login_optional
@blueprint.arguments(CourseQuery, location="query")
@blueprint.response(200, CoursePageSchema)
def listing(query: dict[str, Any]) -> dict[str, Any]:
    """List courses that are on sale."""
    return page_of(_matching(query), query["page"], query["size"])


@blueprint.route("/<id:course_id>/")
@login_optional
@blueprint.response(200, CourseDetailSchema)
def detail(course_id: int) -> ReviewedCourse:
    """Read a course and its newest reviews, also one that is no longer sold."""
    course = session().scalar(_courses().where(Course.id == course_id))
    if course is None:
        raise NotFound("course_not_found", "There is no such course.")
    return ReviewedCourse(course, session())


@blueprint.route("/directions/")
@blueprint.response(200, DirectionSchema(many=True))
def directions() -> Sequence[Direction]:
    """List the fields of study."""
    return session().scalars(select(Direction).order_by(Direction.id)).all()


@blueprint.route("/categories/")
@blueprint.response(200, CategorySchema(many=True))
def categories() -> Sequence[Category]:
    """List the subjects."""
    return session().scalars(select(Category).order_by(Category.id)).all()


def _courses() -> Select[Course]:
    """The courses, with their subjects and whether the user who asks, if we know them, owns them."""
    known = user_if_known()
    owned = Course.id.in_(owned_by(known.id)) if known else false()
    return select(Course).options(
        joinedload(Course.direction), joinedload(Course.category), with_expression(Course.owned, owned)
    )


def _matching(query: dict[str, Any]) -> Select[Course]:
    courses = _courses().where(Course.withdrawn_at.is_(None)).order_by(Course.id)
    courses = courses.where(Course.name.icontains(query["search"], autoescape=True))
    if "direction" in query:
        courses = courses.where(Course.direction_id == query["direction"])
    if "category" in query:
        courses = courses.where(Course.category_id == query["category"])
    return courses
