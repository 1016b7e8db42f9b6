"""A shop with the sandbox for a provider, and somebody who pays at its cashier."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from html.parser import HTMLParser
from threading import Event
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.test import TestResponse

from shared import orders
from shared.order_status import OrderStatus
from shared.orders import Receipt
from shared.payments import PaymentPoller, ProviderFailed, Sandbox
from shared.payments.sandbox import APP_ID, signing
from shared.payments.sandbox.cashier import SELLER_ID
from tests.shop import Shopper

NOTIFY = "/payments/alipay/notify/"


class Forms(HTMLParser):
    """The forms of a page: their method, where they lead and what they send."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str, dict[str, str]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append((told["method"], told["action"], {}))
        elif tag == "input":
            self.found[-1][2][told["name"]] = told["value"]


@dataclass
class Till:
    """The sandbox's side of the counter. Notices are kept back until `deliver`."""

    app: Flask
    sessions: sessionmaker[Session]
    notices: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)

    @property
    def provider(self) -> Sandbox:
        return self.app.extensions["provider"]

    def link(self, buyer: Shopper, order: Mapping[str, Any]) -> str:
        """Where the buyer is sent to pay."""
        answer = buyer.get(f"/payments/alipay/{order['order_number']}/")
        assert answer.status_code == 200, answer.text
        return answer.json["link"]

    def pay(self, link: str) -> TestResponse:
        """Fill in the cashier's form; where that leads."""
        client = self.app.test_client()
        page = client.get(link)
        assert page.status_code == 200
        method, action, fields = Forms(page.text).found[0]
        assert method == "post"
        answer = client.post(action, data=fields)
        assert answer.status_code == 303
        return answer

    def notice(self, **changes: str) -> dict[str, str]:
        """A notice of the sandbox's, with other fields than usual and a genuine signature."""
        fields = {
            "app_id": APP_ID,
            "seller_id": SELLER_ID,
            "trade_no": "T1",
            "trade_status": "TRADE_SUCCESS",
            "total_amount": "100.00",
        }
        return signing.signed(self.provider.keys.provider, fields | changes)

    def deliver(self, notice: Mapping[str, str] | None = None) -> TestResponse:
        """Bring a notice, or the last one that was kept back."""
        return self.app.test_client().post(NOTIFY, data=self.notices[-1][1] if notice is None else notice)

    def forget_notice(self, order: Mapping[str, Any]) -> None:
        """Let the listener ask about the order now."""
        self.execute("UPDATE payment_intents SET ask_at = now() WHERE order_id = :id", id=order["id"])

    def time_out(self, *order_ids: int) -> None:
        """Let the orders' time be over."""
        for order_id in order_ids:
            with self.sessions.begin() as session:
                assert orders.expire_now(session, order_id)
            with self.sessions.begin() as session:
                assert orders.time_out(session, [order_id])

    def status(self, order: Mapping[str, Any]) -> OrderStatus:
        return OrderStatus(self.scalar("SELECT status FROM orders WHERE id = :id", id=order["id"]))

    def payments(self, order: Mapping[str, Any]) -> list[tuple[str, str, bool | None]]:
        """The order's money: amount, what became of it, and whether it was given back (None: it is not to be)."""
        query = """
            SELECT p.amount::text, outcome, CASE WHEN r.id IS NOT NULL THEN done_at IS NOT NULL END
            FROM payments p LEFT JOIN refunds r ON payment_id = p.id WHERE order_id = :id ORDER BY p.id
        """
        with self.sessions() as session:
            return [tuple(row) for row in session.execute(text(query), {"id": order["id"]})]

    def events(self, order: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The order's history: status, kind and data of each event."""
        query = "SELECT kind, status, data FROM order_events WHERE order_id = :id ORDER BY id"
        with self.sessions() as session:
            rows = session.execute(text(query), {"id": order["id"]})
            return [row.data | {"kind": row.kind, "status": row.status} for row in rows]

    def scalar(self, query: str, **values: object) -> Any:
        with self.sessions.begin() as session:
            return session.scalars(text(query), values).one()

    def execute(self, statement: str, **values: object) -> None:
        with self.sessions.begin() as session:
            session.execute(text(statement), values)


@dataclass
class Unwilling:
    """The sandbox, failing as often as told; it counts what it is asked for."""

    provider: Sandbox
    failures: int
    refunds: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def refund(self, trade_no: str, amount: Decimal, request_no: str) -> None:
        self.refunds.append(request_no)
        self._fail()
        self.provider.refund(trade_no, amount, request_no)

    def ask(self, out_trade_no: str) -> Receipt | None:
        self.asked.append(out_trade_no)
        self._fail()
        return self.provider.ask(out_trade_no)

    def _fail(self) -> None:
        if self.failures:
            self.failures -= 1
            raise ProviderFailed("no answer")


@pytest.fixture
def till(app, sessions, school_data) -> Till:
    till = Till(app, sessions)
    app.extensions["sandbox_delivery"] = lambda url, notice: till.notices.append((url, notice))
    return till


@pytest.fixture
def poller(till, sessions, redis) -> Callable[..., PaymentPoller]:
    """The listener's loop, to be stepped through."""
    return lambda provider=None: PaymentPoller(sessions, redis, provider or till.provider, Event())


def path_of(location: str) -> str:
    """The path and the query of a URL."""
    parts = urlsplit(location)
    return f"{parts.path}?{parts.query}"


def fields_of(url: str) -> dict[str, str]:
    """The fields of a URL's query."""
    return dict(parse_qsl(urlsplit(url).query))


def late_payments(client: Any, outcome: str) -> float:
    """The counter."""
    pattern = rf'^late_payments_total{{outcome="{outcome}"}} (\S+)$'
    found = re.search(pattern, client.get("/metrics").text, re.MULTILINE)
    assert found is not None
    return float(found[1])


def failing(*_: object, **__: object) -> None:
    """In place of what should not be reached, or is away."""
    raise ProviderFailed("away")
