"""Orders."""

from functools import partial
from typing import Any

from flask import Response

from shared import effects, orders
from shared.cart import Cart
from shared.idempotency import once
from shared.models import Order
from shared.order_status import OrderStatus
from shared.orders import checkout
from shared.orders.queries import counts_of, found_by, own_order, own_orders
from webapp import rate_limits
from webapp.auth import login_required, user
from webapp.blueprint import Blueprint
from webapp.current import after_commit, redis, session, settings
from webapp.paging import page_of
from webapp.provider import give_back_now
from webapp.schemas.orders import (
    ALL_STATES,
    IdempotencySchema,
    OrderPageSchema,
    OrderQuery,
    OrderRequestSchema,
    OrderSchema,
    OrderSearch,
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
    user owns are 409 `already_owned`, those that are off sale 409 `course_off_sale`, named in `course_ids`; a price
    other than the `real_price` that was shown is 409 `price_changed`, with the new one in `quote`.
    """
    done = checkout.check_out(session(), _cart(), body, settings().order_timeout, headers.get("key"))
    if done.order is not None:
        after_commit(effects.placed, done.order)
    return done.answer


@blueprint.route("/quote/", methods=["POST"])
@login_required
@blueprint.arguments(QuoteRequestSchema)
@blueprint.response(200, QuoteSchema)
def quote(body: dict[str, Any]) -> dict[str, Any]:
    """Say what ordering the selected courses would cost; nothing is taken."""
    return orders.offer(session(), checkout.request_of(_cart(), body | {"pay_type": orders.ALIPAY}))


@blueprint.route("/counts/")
@login_required
@blueprint.arguments(OrderSearch, location="query")
@blueprint.doc(responses={"200": COUNTS})
@blueprint.response(200)
def counts(query: dict[str, str]) -> dict[str, int]:
    """Count one's orders by state."""
    found = counts_of(session(), user().id, query["search"])
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
def listing(query: dict[str, Any]) -> dict[str, Any]:
    """List one's orders, newest first."""
    mine = own_orders(user().id).where(found_by(query["search"]))
    if query["status"] != ALL_STATES:
        mine = mine.where(Order.status == query["status"])
    if query["number"]:
        mine = mine.where(Order.order_number == query["number"])
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
    after_commit(effects.closed, closed)
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
@blueprint.arguments(IdempotencySchema, location="headers")
@blueprint.response(200, OrderSchema)
@rate_limits.of_recoveries
def recover(headers: dict[str, str], order_id: int) -> Order:
    """Reopen an order that timed out: a fresh deadline, its credit and its coupon taken again.

    It is 409 `recover_too_late` some time after it timed out, a day unless the shop says otherwise, and 409
    `recovered_too_often` after three times. The same Idempotency-Key again recovers nothing more, and gets the order
    as it is.
    """
    user_id, timeout, within = user().id, settings().order_timeout, settings().recover_within
    verb = partial(orders.recover, session(), user_id, order_id, timeout, within)
    order = once(session(), user_id, headers.get("key"), {"recover": order_id}, verb)
    if order is not None:
        session().commit()
        after_commit(effects.changed, order)
    return own_order(session(), user_id, order_id)


@blueprint.route("/<id:order_id>/refund/", methods=["POST"])
@login_required
@blueprint.arguments(IdempotencySchema, location="headers")
@blueprint.response(200, OrderSchema)
def refund(headers: dict[str, str], order_id: int) -> Order:
    """Give a paid order up and get its money, credit and coupon back.

    The same Idempotency-Key again refunds nothing more, and gets the order as it is.
    """
    user_id = user().id
    verb = partial(orders.refund, session(), user_id, order_id)
    closed = once(session(), user_id, headers.get("key"), {"refund": order_id}, verb)
    if closed is not None:
        session().commit()
        after_commit(effects.closed, closed)
        give_back_now(order_id)
    return own_order(session(), user_id, order_id)


def _cart() -> Cart:
    return Cart(session(), redis(), user().id)
