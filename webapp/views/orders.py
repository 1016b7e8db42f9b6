"""Orders."""

from typing import Any

from flask import Response

from shared import after_commit as effects
from shared import metrics, orders
from shared.cart import Cart
from shared.models import Order
from shared.order_status import OrderStatus
from shared.queries import own_order, own_orders
from webapp.auth import login_required, user
from webapp.blueprint import Blueprint
from webapp.current import after_commit, redis, session, settings
from webapp.paging import page_of
from webapp.schemas.orders import (
    ALL_STATES,
    NO_COUPON,
    OrderPageSchema,
    OrderQuery,
    OrderRequestSchema,
    OrderSchema,
    PlacedOrderSchema,
)

blueprint = Blueprint("orders", __name__, url_prefix="/orders", description="Orders")


@blueprint.route("/", methods=["POST"])
@login_required
@blueprint.arguments(OrderRequestSchema)
@blueprint.response(201, PlacedOrderSchema)
def place(body: dict[str, int]) -> dict[str, Any]:
    """Order the selected courses of the cart; the others stay in it."""
    order = _placed(Cart(session(), redis(), user().id), body)
    metrics.ORDERS_CREATED.inc()
    placed = {"id": order.id, "order_number": order.order_number, "order_timeout": settings().order_timeout}
    after_commit(effects.changed, order)
    return placed


@blueprint.route("/pay/choices/")
@blueprint.response(200, description="Pairs of a value and its name")
def choices() -> list[list[Any]]:
    """List the states an order can be in."""
    return [[status.value, status.label] for status in OrderStatus]


@blueprint.route("/list/")
@login_required
@blueprint.arguments(OrderQuery, location="query")
@blueprint.response(200, OrderPageSchema)
def listing(query: dict[str, int]) -> dict[str, Any]:
    """List one's orders, newest first."""
    mine = own_orders(user().id)
    if query["status"] != ALL_STATES:
        mine = mine.where(Order.status == query["status"])
    return page_of(mine, query["page"], query["size"])


@blueprint.route("/<id:order_id>/")
@login_required
@blueprint.response(200, OrderSchema)
def detail(order_id: int) -> Order:
    """Read an order."""
    return own_order(session(), user().id, order_id)


@blueprint.route("/<id:order_id>/", methods=["PUT"])
@login_required
@blueprint.response(200, OrderSchema)
def cancel(order_id: int) -> Order:
    """Cancel an unpaid order."""
    user_id = user().id
    closed = orders.cancel(session(), user_id, order_id)
    session().commit()
    metrics.count_give_backs([closed])
    after_commit(effects.closed, [closed])
    return own_order(session(), user_id, order_id)


@blueprint.route("/<id:order_id>/", methods=["DELETE"])
@login_required
@blueprint.response(204)
def hide(order_id: int) -> Response:
    """Hide a finished order."""
    orders.hide(session(), user().id, order_id)
    session().commit()
    return Response(status=204)


def _placed(cart: Cart, body: dict[str, int]) -> Order:
    """The committed order; if it fails, nothing leaves the cart."""
    cart.lock()
    selected = [course_id for course_id, is_selected in cart.items().items() if is_selected]
    coupon_id = None if body["user_coupon_id"] == NO_COUPON else body["user_coupon_id"]
    request = orders.OrderRequest(user().id, selected, body["pay_type"], coupon_id, body["credit"])
    order = orders.place(session(), request, settings().order_timeout)
    ordered = [line.course_id for line in order.lines]
    try:
        cart.take(ordered)
        session().commit()
    except Exception:
        cart.put_back(ordered)
        raise
    cart.drop(ordered)
    return order
