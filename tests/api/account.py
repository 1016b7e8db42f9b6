"""A user with something of everything, and an order in each state."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from shared import orders, payments
from shared.models import Order
from shared.order_status import OrderStatus
from shared.payments import Sandbox
from shared.payments.sandbox import books
from tests.coupons import make_coupon
from tests.shop import Shopper

ORDERED = {
    OrderStatus.UNPAID: 2,
    OrderStatus.PAID: 7,
    OrderStatus.CANCELLED: 2,
    OrderStatus.TIMED_OUT: 2,
    OrderStatus.REFUNDED: 3,
}
"""The course that is ordered for each state; one that is owned is in no other order."""


@dataclass
class Account:
    """The user, the ids and numbers of their orders by their states, and a coupon they may take."""

    owner: Shopper
    orders: Mapping[OrderStatus, int]
    numbers: Mapping[OrderStatus, str]
    coupon_id: int


def account(app: Flask, sessions: sessionmaker[Session], owner: Shopper) -> Account:
    """Let the user order, pay, cancel, miss the deadline, claim, review; course 3 stays in their cart."""
    placed = {state: owner.ordered(course_id, credit=10) for state, course_id in ORDERED.items()}
    for state in (OrderStatus.PAID, OrderStatus.REFUNDED):
        pay(app, sessions, placed[state]["order_number"])
    time_out(sessions, placed[OrderStatus.TIMED_OUT]["id"])
    ids = {state: order["id"] for state, order in placed.items()}
    _done(owner.put(f"/orders/{ids[OrderStatus.CANCELLED]}/"))
    _done(owner.post(f"/orders/{ids[OrderStatus.REFUNDED]}/refund/"))
    _done(owner.post("/cart/", {"course_id": 3}))
    coupon_id = make_coupon(sessions, total=1000, per_user=1000)
    _done(owner.post(f"/coupons/{coupon_id}/claim/"))
    return Account(owner, ids, {state: order["order_number"] for state, order in placed.items()}, coupon_id)


def pay(app: Flask, sessions: sessionmaker[Session], order_number: str) -> None:
    """Take the money at the sandbox's cashier and let the shop know."""
    provider: Sandbox = app.extensions["provider"]
    with sessions.begin() as session:
        amount = session.scalars(select(Order.real_price).where(Order.order_number == order_number)).one()
        books.take_money(session, order_number, amount)
    receipt = provider.ask(order_number)
    assert receipt is not None
    with sessions() as session:
        payments.record(session, receipt)


def time_out(sessions: sessionmaker[Session], order_id: int) -> None:
    """Let the order's time be over."""
    with sessions.begin() as session:
        assert orders.expire_now(session, order_id)
    with sessions.begin() as session:
        assert orders.time_out(session, [order_id])


def _done(answer: Any) -> None:
    assert answer.status_code < 300, answer.text
