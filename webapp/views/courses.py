"""The catalogue, open to everybody."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, select

from shared.courses import SORTS, CourseInFull, courses_for, has_words
from shared.errors import NotFound
from shared.models import Category, Course, Direction
from shared.reviews import reviews_of
from webapp.auth import login_optional, user_if_known
from webapp.blueprint import Blueprint
from webapp.current import session
from webapp.paging import PageQuery, page_of, rows_of
from webapp.schemas.courses import (
    CategorySchema,
    CourseDetailSchema,
    CoursePageSchema,
    CourseQuery,
    DirectionSchema,
)
from webapp.schemas.reviews import ReviewPageSchema

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
def detail(course_id: int) -> CourseInFull:
    """Read a course, its outline and its newest reviews, also one that is no longer sold."""
    return CourseInFull(_course(course_id), session(), _asking())


@blueprint.route("/<id:course_id>/reviews/")
@login_optional
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, ReviewPageSchema)
def reviews(query: dict[str, int], course_id: int) -> dict[str, Any]:
    """List what buyers think of a course, newest first."""
    return rows_of(reviews_of(_course(course_id).id), query["page"], query["size"])


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


def _course(course_id: int) -> Course:
    course = session().scalar(courses_for(_asking()).where(Course.id == course_id))
    if course is None:
        raise NotFound("course_not_found", "There is no such course.")
    return course


def _asking() -> int | None:
    known = user_if_known()
    return known.id if known else None


def _matching(query: dict[str, Any]) -> Select[Course]:
    courses = courses_for(_asking()).where(Course.withdrawn_at.is_(None), *has_words(query["search"].split()))
    courses = courses.order_by(*SORTS[query["sort"]])
    if "direction" in query:
        courses = courses.where(Course.direction_id == query["direction"])
    if "category" in query:
        courses = courses.where(Course.category_id == query["category"])
    return courses
