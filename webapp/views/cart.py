"""The cart."""

from decimal import Decimal
from typing import Any

from flask import Response
from sqlalchemy import select

from shared.cart import Cart
from shared.catalogue import refuse_off_sale
from shared.errors import NotFound
from shared.models import Course, OrderCourse
from shared.orders.owned import owned_by
from webapp.auth import login_required, user
from webapp.blueprint import Blueprint
from webapp.current import redis, session
from webapp.schemas.cart import CartAdditionSchema, CartSchema, CartSelectionSchema

blueprint = Blueprint("cart", __name__, url_prefix="/cart", description="Courses about to be ordered")


@blueprint.route("/")
@login_required
@blueprint.response(200, CartSchema)
def read() -> dict[str, Any]:
    """Read the cart."""
    return _view(_cart())


@blueprint.route("/", methods=["POST"])
@login_required
@blueprint.arguments(CartAdditionSchema)
@blueprint.response(201, CartSchema)
def add(body: dict[str, int]) -> dict[str, Any]:
    """Put a course in, selected; one that is there already is selected.

    One that is off sale is 409 `course_off_sale`.
    """
    course = session().get(Course, body["course_id"])
    if course is None:
        raise NotFound("course_not_found", "There is no such course.")
    refuse_off_sale([course])
    cart = _cart()
    cart.put({body["course_id"]: True})
    return _view(cart)


@blueprint.route("/", methods=["PATCH"])
@login_required
@blueprint.arguments(CartSelectionSchema)
@blueprint.response(200, CartSchema)
def select_all(body: dict[str, bool]) -> dict[str, Any]:
    """Select all courses, or none."""
    cart = _cart()
    cart.put({course.id: body["selected"] for course in _courses(cart.items())})
    return _view(cart)


@blueprint.route("/<id:course_id>/", methods=["PATCH"])
@login_required
@blueprint.arguments(CartSelectionSchema)
@blueprint.response(200, CartSchema)
def select_one(body: dict[str, bool], course_id: int) -> dict[str, Any]:
    """Select a course, or not."""
    cart = _cart_with(course_id)
    cart.put({course_id: body["selected"]})
    return _view(cart)


@blueprint.route("/<id:course_id>/", methods=["DELETE"])
@login_required
@blueprint.response(204)
def remove(course_id: int) -> Response:
    """Take a course out."""
    _cart_with(course_id).remove(course_id)
    return Response(status=204)


def _cart() -> Cart:
    return Cart(session(), redis(), user().id)


def _cart_with(course_id: int) -> Cart:
    cart = _cart()
    if course_id not in cart.items() or session().get(Course, course_id) is None:
        raise NotFound("not_in_cart", "The course is not in the cart.")
    return cart


def _courses(ids: Any) -> list[Course]:
    return list(session().scalars(select(Course).where(Course.id.in_(ids)).order_by(Course.id)))


def _view(cart: Cart) -> dict[str, Any]:
    items = cart.items()
    courses = _courses(items)
    selected = [course for course in courses if items[course.id] and course.on_sale]
    owned = set(session().scalars(owned_by(user().id).where(OrderCourse.course_id.in_(items))))
    return {
        "items": [_item(course, items[course.id], course.id in owned) for course in courses],
        "total_price": sum((course.price for course in selected), Decimal(0)),
        "real_price": sum((course.real_price for course in selected), Decimal(0)),
    }


def _item(course: Course, selected: bool, owned: bool) -> dict[str, Any]:
    return {
        "course_id": course.id,
        "name": course.name,
        "name_en": course.name_en,
        "cover": course.cover,
        "price": course.price,
        "discount": course.own_discount,
        "selected": selected,
        "owned": owned,
        "on_sale": course.on_sale,
    }
