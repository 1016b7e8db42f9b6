"""From the cart to an order: what is selected leaves the cart with the order's commit, and one key orders once."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from shared import orders
from shared.cart import Cart
from shared.idempotency import recall, remember
from shared.models import Order
from shared.orders import OrderRequest

NO_COUPON = -1
"""The `user_coupon_id` of an order without a coupon."""


@dataclass(frozen=True)
class CheckedOut:
    """The answer to an order; `order` is None when it was answered before, under the same key."""

    answer: dict[str, Any]
    order: Order | None


def check_out(session: Session, cart: Cart, wish: Mapping[str, Any], timeout: int, key: str | None) -> CheckedOut:
    """Order the selected courses, and commit; they are due `timeout` seconds from now. If it fails, the cart stays.

    `wish` is `request_of`'s. The same `key` with the same wish gets the same answer and orders nothing again.
    Raises Unprocessable when the key came with another wish, and whatever `orders.place` does.
    """
    cart.lock()
    kept = recall(session, cart.user_id, key, dict(wish)) if key else None
    if kept is not None:
        session.rollback()
        return CheckedOut(kept, None)
    order = orders.place(session, request_of(cart, wish), timeout)
    answer = {"id": order.id, "order_number": order.order_number, "order_timeout": timeout}
    if key is not None:
        remember(session, order.user_id, key, dict(wish), answer)
    _commit(session, cart, [line.course_id for line in order.lines])
    return CheckedOut(answer, order)


def request_of(cart: Cart, wish: Mapping[str, Any]) -> OrderRequest:
    """An order of what is selected in the cart, with the `pay_type`, `user_coupon_id` and `credit` wished for,

    and the `real_price` that was shown, if any."""
    coupon_id = None if wish["user_coupon_id"] == NO_COUPON else wish["user_coupon_id"]
    shown = Decimal(wish["real_price"]) if "real_price" in wish else None
    return OrderRequest(cart.user_id, cart.selected(), wish["pay_type"], coupon_id, wish["credit"], shown)


def _commit(session: Session, cart: Cart, ordered: list[int]) -> None:
    try:
        cart.check_out(ordered)
        session.commit()
    except Exception:
        cart.undo_check_out(ordered)
        raise
    cart.drop(ordered)
