"""Orders."""

from decimal import Decimal
from typing import Any

from flask import Response

from shared import metrics, orders
from shared.cart import Cart
from shared.idempotency import recall, remember
from shared.models import Order
from shared.order_status import OrderStatus
from shared.orders import effects
from shared.orders.queries import counts_of, own_order, own_orders
from webapp import rate_limits
from webapp.auth import login_required, user
from webapp.blueprint import Blueprint
from webapp.current import after_commit, redis, session, settings
from webapp.paging import page_of
from webapp.provider import give_back_now
from webapp.schemas.orders import (
    ALL_STATES,
    NO_COUPON,
    IdempotencySchema,
    OrderPageSchema,
    OrderQuery,
    OrderRequestSchema,
    OrderSchema,
    PlacedOrderSchema,
    QuoteRequestSchema,
    QuoteSchema,
)

_COUNTS = {"type": "object", "additionalProperties": {"type": "integer"}, "required": ["-1"]}
COUNTS = {
    "description": "How many of one's orders are in each state; `-1` is all",
    "content": {"application/json": {"schema": _COUNTS}},
}
_PAIR = {"type": "array", "items": {}, "minItems": 2, "maxItems": 2}
CHOICES = {
    "description": "Pairs of a value and its name",
    "content": {"application/json": {"schema": {"type": "array", "items": _PAIR}}},
}

blueprint = Blueprint("orders", __name__, url_prefix="/orders", description="Orders")


@blueprint.route("/", methods=["POST"])
@login_required
@blueprint.arguments(IdempotencySchema, location="headers")
@blueprint.arguments(OrderRequestSchema)
@blueprint.response(201, PlacedOrderSchema)
@rate_limits.of_orders
def place(headers: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
    """Order the selected courses of the cart; the others stay in it.

    The same Idempotency-Key with the same body gets the same answer and orders nothing again. Courses that the
    user owns are 409 `already_owned`, naming them in `course_ids`; a price other than the `real_price` that was
    shown is 409 `price_changed`, with the new one in `quote`.
    """
    key = headers.get("key")
    cart = Cart(session(), redis(), user().id)
    cart.lock()
    kept = recall(session(), user().id, key, body) if key else None
    if kept is not None:
        session().rollback()
        return kept
    order, answer = _placed(cart, body, key)
    metrics.ORDERS_CREATED.inc()
    after_commit(effects.changed, order)
    return answer


@blueprint.route("/quote/", methods=["POST"])
@login_required
@blueprint.arguments(QuoteRequestSchema)
@blueprint.response(200, QuoteSchema)
def quote(body: dict[str, Any]) -> dict[str, Any]:
    """Say what ordering the selected courses would cost; nothing is taken."""
    request = _request(Cart(session(), redis(), user().id), body | {"pay_type": orders.ALIPAY})
    return orders.offer(session(), request)


@blueprint.route("/counts/")
@login_required
@blueprint.doc(responses={"200": COUNTS})
@blueprint.response(200)
def counts() -> dict[str, int]:
    """Count one's orders by state."""
    found = counts_of(session(), user().id)
    return {str(ALL_STATES if status is None else status): count for status, count in found.items()}


@blueprint.route("/pay/choices/")
@blueprint.doc(responses={"200": CHOICES})
@blueprint.response(200)
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


@blueprint.route("/<id:order_id>/recover/", methods=["POST"])
@login_required
@blueprint.response(200, OrderSchema)
def recover(order_id: int) -> Order:
    """Reopen an order that timed out: a fresh deadline, its credit and its coupon taken again.

    It is 409 `recover_too_late` some time after it timed out, a day unless the shop says otherwise, and 409
    `recovered_too_often` after three times.
    """
    user_id = user().id
    order = orders.recover(session(), user_id, order_id, settings().order_timeout, settings().recover_within)
    session().commit()
    after_commit(effects.changed, order)
    return own_order(session(), user_id, order_id)


@blueprint.route("/<id:order_id>/refund/", methods=["POST"])
@login_required
@blueprint.response(200, OrderSchema)
def refund(order_id: int) -> Order:
    """Give a paid order up and get its money, credit and coupon back."""
    user_id = user().id
    closed = orders.refund(session(), user_id, order_id)
    session().commit()
    metrics.count_give_backs([closed])
    after_commit(effects.closed, [closed])
    give_back_now(order_id)
    return own_order(session(), user_id, order_id)


def _placed(cart: Cart, body: dict[str, Any], key: str | None) -> tuple[Order, dict[str, Any]]:
    """The committed order and the answer about it; if it fails, nothing leaves the cart."""
    order = orders.place(session(), _request(cart, body), settings().order_timeout)
    answer = {"id": order.id, "order_number": order.order_number, "order_timeout": settings().order_timeout}
    if key is not None:
        remember(session(), order.user_id, key, body, answer)
    ordered = [line.course_id for line in order.lines]
    try:
        cart.take(ordered)
        session().commit()
    except Exception:
        cart.put_back(ordered)
        raise
    cart.drop(ordered)
    return order, answer


def _request(cart: Cart, body: dict[str, Any]) -> orders.OrderRequest:
    """What is asked for, with the courses that are selected in the cart."""
    selected = [course_id for course_id, is_selected in cart.items().items() if is_selected]
    coupon_id = None if body["user_coupon_id"] == NO_COUPON else body["user_coupon_id"]
    shown = Decimal(body["real_price"]) if "real_price" in body else None
    return orders.OrderRequest(user().id, selected, body["pay_type"], coupon_id, body["credit"], shown)
