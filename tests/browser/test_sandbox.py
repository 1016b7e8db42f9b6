"""An order from the cart to the cashier and back, clicked through against real processes."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from embedded.process import wait_for
from shared.order_status import OrderStatus
from tests import processes
from tests.processes import PATIENCE, Process

pytestmark = pytest.mark.processes

LONG = 900
SHORT = 6  # seconds for the order and the link to its cashier


@dataclass
class Customer:
    """u1, over HTTP."""

    web: Process
    token: str

    def send(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.web.send(method, path, body, self.token)
        assert answer.status < 300, f"{method} {path}: {answer.status} {answer.text}"
        return answer.json

    def order(self, course_id: int, credit: int, coupon_id: int | None = None) -> dict[str, Any]:
        """Put the course in the cart and order it."""
        self.send("POST", "/cart/", {"course_id": course_id})
        body = {"pay_type": 0, "user_coupon_id": -1 if coupon_id is None else coupon_id, "credit": credit}
        placed = self.send("POST", "/orders/", body)
        return self.seen(placed)

    def seen(self, order: dict[str, Any]) -> dict[str, Any]:
        return self.send("GET", f"/orders/{order['id']}/")

    def becomes(self, order: dict[str, Any], status: OrderStatus) -> None:
        """Wait for the state."""
        assert wait_for(lambda: self.seen(order)["order_status"] == status, PATIENCE), self.seen(order)

    def link(self, order: dict[str, Any]) -> str:
        return self.send("GET", f"/payments/alipay/{order['order_number']}/")["link"]

    def credit(self) -> int:
        return self.send("GET", "/users/me/")["credit"]

    def wallet(self) -> dict[int, int]:
        """Ids of coupons, and what the user has of them."""
        return {entry["coupon_id"]: entry["user_coupon_id"] for entry in self.send("GET", "/coupons/")}

    def bills(self) -> list[tuple[str, str, str]]:
        bills = self.send("GET", "/users/me/bills/")["results"]
        return sorted((bill["kind"], bill["amount"], bill["state"]) for bill in bills)


@dataclass
class Site:
    """The web process, a listener and a customer."""

    web: Process
    listener: Process
    customer: Customer
    start_listener: Callable[[], Process]


@pytest.fixture
def site(settings, school_data, tmp_path) -> Iterator[Callable[[int], Site]]:
    """Start everything, with that many seconds for an order."""
    with ExitStack() as stack:

        def start(order_timeout: int) -> Site:
            timeout: dict[str, Any] = {"ORDER_TIMEOUT": order_timeout, "SWEEP_INTERVAL": 1}

            def start_listener() -> Process:
                return stack.enter_context(processes.listener(settings, tmp_path, **timeout))

            web = stack.enter_context(processes.web(settings, tmp_path, **timeout))
            login = web.send("POST", "/users/login/", {"username": "u1", "password": "secret-1"})
            return Site(web, start_listener(), Customer(web, login.json["token"]), start_listener)

        yield start


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page without scripts: the cashier is plain HTML."""
    with browser.new_context(java_script_enabled=False) as context:
        context.set_default_timeout(PATIENCE * 1000)
        yield context.new_page()


def pay(page: Page, link: str, order: dict[str, Any]) -> None:
    """Open the link, look at the bill, pay it and come back."""
    page.goto(link)
    expect(page.locator("[data-test='order-number']")).to_have_text(order["order_number"])
    expect(page.locator("[data-test='amount']")).to_have_text(f"¥{order['real_price']}")
    page.locator("[data-test='pay']").click()
    page.wait_for_url(f"**/pay/result?out_trade_no={order['order_number']}", wait_until="commit")


def test_an_order_is_paid(site, page):
    shop = site(LONG)
    customer = shop.customer
    order = customer.order(2, credit=100, coupon_id=customer.wallet()[1])
    assert (order["order_status"], order["real_price"]) == (OrderStatus.UNPAID, "60.00")
    link = customer.link(order)

    pay(page, link, order)

    order = customer.seen(order)
    assert order["order_status"] == OrderStatus.PAID
    assert order["pay_time"]
    assert customer.bills() == [("payment", "60.00", "done")]
    assert (customer.credit(), 1 in customer.wallet()) == (400, False)

    page.goto(link)
    expect(page.locator("[data-test='already-paid']")).to_be_visible()
    pay(page, link, order)
    assert customer.bills() == [("payment", "60.00", "done")]


def test_leaving_the_cashier_pays_nothing(site, page):
    customer = site(LONG).customer
    order = customer.order(2, credit=0)
    page.goto(customer.link(order))
    page.locator("[data-test='cancel']").click()
    page.wait_for_url(f"**/pay/result?out_trade_no={order['order_number']}", wait_until="commit")
    assert customer.seen(order)["order_status"] == OrderStatus.UNPAID
    assert customer.bills() == []


def test_a_late_payment_is_honoured(site, page):
    shop = site(SHORT)
    customer = shop.customer
    order = customer.order(2, credit=100, coupon_id=customer.wallet()[1])
    link = customer.link(order)
    customer.becomes(order, OrderStatus.TIMED_OUT)
    assert (customer.credit(), 1 in customer.wallet()) == (500, True)
    timed_out = [shop.listener.metric(f'order_timeouts_total{{path="{path}"}}') for path in ("event", "nudge", "sweep")]
    assert sum(timed_out) == 1

    pay(page, link, order)

    assert customer.seen(order)["order_status"] == OrderStatus.PAID
    assert (customer.credit(), 1 in customer.wallet()) == (400, False)
    assert customer.bills() == [("payment", "60.00", "done")]
    # The notice is web's; a listener that asked the provider may have been quicker.
    assert sum(each.metric('late_payments_total{outcome="honoured"}') for each in (shop.web, shop.listener)) == 1


def test_a_late_payment_whose_credit_was_spent_is_refunded_by_the_listener(site, page):
    shop = site(SHORT)
    customer = shop.customer
    order = customer.order(2, credit=500)
    link = customer.link(order)
    customer.becomes(order, OrderStatus.TIMED_OUT)
    other = customer.order(5, credit=4)  # costs nothing more, so it is paid at once
    assert other["order_status"] == OrderStatus.PAID
    assert customer.credit() == 496
    assert shop.listener.stop() == 0

    pay(page, link, order)

    assert customer.seen(order)["order_status"] == OrderStatus.REFUNDED
    assert ("refund", "50.00", "pending") in customer.bills()
    shop.start_listener()
    assert wait_for(lambda: ("refund", "50.00", "done") in customer.bills(), PATIENCE), customer.bills()
    assert customer.bills() == [("payment", "50.00", "done"), ("refund", "50.00", "done")]
    assert customer.credit() == 496
    assert shop.web.metric('late_payments_total{outcome="refunded"}') == 1
