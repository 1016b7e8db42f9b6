"""The pictures in docs/screenshots, taken of the real thing: `make screenshots`, or this with the names of some."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, expect, sync_playwright
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import NullPool

from config import ROOT, Settings
from embedded import postgres, valkey
from embedded.process import wait_for
from lapse.database import engine_url
from shared.order_status import OrderStatus
from tests import processes
from tests.browser.conftest import ARGUMENTS, NAMES
from tests.browser.visitor import PATIENCE, PHONE, WIDE, Visitor
from tests.conftest import settings_for
from tests.deadlines import let_time_be_over
from tests.processes import Process

FOLDER = ROOT / "docs" / "screenshots"
LEAST_HEIGHT = 640
MOST_BYTES = 300_000
LONG_AGO = (
    """UPDATE orders SET created_at = created_at - make_interval(mins => :minutes),
        paid_at = paid_at - make_interval(mins => :minutes) WHERE id = :id""",
    """UPDATE ledger SET created_at = created_at - make_interval(mins => :minutes - (action = 'give_back')::int * 15)
        WHERE order_id = :id""",
)
LEAVE = "UPDATE orders SET expires_at = now() + make_interval(secs => :seconds) WHERE id = :id"


@dataclass
class Shop:
    """The stack, and what no user can do."""

    web: Process
    settings: Settings

    def customer(self, username: str) -> "Customer":
        login = self.web.send("POST", "/users/login/", {"username": username, "password": f"demo-{username}"})
        return Customer(self.web, login.json["token"])

    @property
    def sessions(self) -> sessionmaker[Session]:
        return sessionmaker(create_engine(engine_url(self.settings.database_url), poolclass=NullPool))

    def execute(self, statement: str, **values: Any) -> None:
        with self.sessions.begin() as session:
            session.execute(text(statement), values)


@dataclass
class Customer:
    """A demo user, over HTTP."""

    web: Process
    token: str

    def send(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.web.send(method, path, body, self.token)
        if answer.status >= 400:
            raise SystemExit(f"{method} {path}: {answer.status} {answer.text}")
        return answer.json if answer.text else None

    def fill_basket(self, *course_ids: int) -> None:
        for course_id in course_ids:
            self.send("POST", "/cart/", {"course_id": course_id})

    def order(self, *course_ids: int, coupon: int = 0, credit: int = 0) -> int:
        """Order the courses; returns the order's id."""
        self.fill_basket(*course_ids)
        mine = {entry["coupon_id"]: entry["user_coupon_id"] for entry in self.send("GET", "/coupons/")}
        body = {"pay_type": 0, "user_coupon_id": mine[coupon] if coupon else -1, "credit": credit}
        return int(self.send("POST", "/orders/", body)["id"])

    def pay(self, order_id: int) -> None:
        number = self.send("GET", f"/orders/{order_id}/")["order_number"]
        link = urlsplit(self.send("GET", f"/payments/alipay/{number}/")["link"])
        self.web.send("POST", f"{link.path}?{link.query}")

    def review(self, order_id: int, course_id: int, rating: int, content: str) -> None:
        review = {"course_id": course_id, "rating": rating, "content": content}
        self.send("POST", f"/orders/{order_id}/review/", review)

    def wait_until(self, order_id: int, status: OrderStatus) -> None:
        path = f"/orders/{order_id}/"
        if not wait_for(lambda: self.send("GET", path)["order_status"] == status, PATIENCE):
            raise SystemExit(f"order {order_id} did not become {status.name}")


def main() -> None:
    """Take those pictures that are named on the command line, or all."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="lapse-screenshots-") as folder:
        Path(folder).chmod(0o755)  # PostgreSQL may run as another user
        with running_shop(Path(folder)) as shop, sync_playwright() as playwright:
            found = next(filter(None, map(shutil.which, NAMES)), playwright.chromium.executable_path)
            browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
            expect.set_options(timeout=PATIENCE * 1000)
            take(shop, browser, sys.argv[1:])
            browser.close()


@contextmanager
def running_shop(folder: Path) -> Iterator[Shop]:
    """Everything of our own, with the demo data in it."""
    with postgres.running(folder / "postgres") as database, valkey.running(folder / "valkey") as redis:
        settings = settings_for(database.url, redis.url)
        environment = {
            "DATABASE_URL": database.url,
            "PAYMENT_PROVIDER": "sandbox",
            "REDIS_URL": redis.url,
            "JWT_SECRET_KEY": settings.jwt_secret_key,
        }
        for command in (("db", "upgrade"), ("demo-data",)):
            subprocess.run(
                [sys.executable, "-m", "flask", "--app", "wsgi", *command],
                cwd=ROOT,
                env=environment,
                check=True,
                capture_output=True,
            )
        with (
            processes.web(settings, folder) as web,
            processes.listener(settings, folder, SWEEP_INTERVAL=0.2),
        ):
            yield Shop(web, settings)


def live_a_little(shop: Shop) -> dict[str, int]:
    """Let the demo users have bought, cancelled, missed and reviewed something; some of the orders."""
    for name, rating, content in (
        ("xiaohong", 5, "终于明白过期通知为什么会迟到，以及迟到了怎么办。"),
        ("xiaogang", 4, "例子都能跑，持久化那一章值得多看两遍。"),
    ):
        other = shop.customer(name)
        other.pay(order := other.order(5))
        other.review(order, 5, rating, content)

    xiaoming = shop.customer("xiaoming")
    xiaoming.send("PATCH", "/users/me/", {"nickname": "小明", "city": "杭州", "position": "后端工程师"})
    cancelled = xiaoming.order(8)
    xiaoming.send("PUT", f"/orders/{cancelled}/")
    paid = xiaoming.order(3, 10, coupon=3, credit=200)
    xiaoming.pay(paid)
    xiaoming.review(paid, 3, 5, "线程、进程、协程，一次讲清楚。")
    missed = xiaoming.order(6, 7, coupon=2, credit=250)
    let_time_be_over(shop.sessions, missed)
    xiaoming.wait_until(missed, OrderStatus.TIMED_OUT)
    unpaid = xiaoming.order(2, 4, coupon=1, credit=300)
    shop.execute(LEAVE, id=unpaid, seconds=11 * 60 + 45)
    for order_id, minutes in ((cancelled, 95), (paid, 61), (missed, 32), (unpaid, 3)):
        for statement in LONG_AGO:
            shop.execute(statement, id=order_id, minutes=minutes)
    for coupon in (4, 5):
        xiaoming.send("POST", f"/coupons/{coupon}/claim/")
    xiaoming.fill_basket(11, 9, 5)
    return {"unpaid": unpaid, "missed": missed, "paid": paid}


def take(shop: Shop, browser: Browser, names: list[str]) -> None:
    orders = live_a_little(shop)

    def visitor(**more: Any) -> Visitor:
        somebody = Visitor(browser, shop.web.url, **{"timezone_id": "UTC"} | more)
        somebody.log_in("xiaoming", "demo-xiaoming")
        return somebody

    def picture(somebody: Visitor, name: str, path: str = "", height: int = 0) -> None:
        """Take it, `height` pixels high or as high as the page, if it is one of those that are wanted."""
        if names and name not in names:
            return
        if path:
            somebody.go(path)
        size = somebody.page.viewport_size or WIDE
        somebody.page.set_viewport_size({"width": size["width"], "height": height or LEAST_HEIGHT})
        somebody.page.evaluate("document.activeElement.blur(); scrollTo(0, 0); document.fonts.ready")
        file = FOLDER / f"{name}.png"
        somebody.page.screenshot(path=file, animations="disabled", full_page=not height)
        if file.stat().st_size > MOST_BYTES:
            raise SystemExit(f"{file} has more than {MOST_BYTES} bytes")
        somebody.page.set_viewport_size(size)
        print(file.relative_to(ROOT), file.stat().st_size // 1000, "kB")

    zh = visitor()
    picture(zh, "home", "/", 1180)
    picture(zh, "course", "/course/5")
    picture(zh, "cart", "/basket")
    zh.go("/checkout")
    zh.at("credit-input").fill("300")
    zh.at("credit-input").press("Enter")
    expect(zh.page.locator("[data-test=price-real][data-confirmed=true]")).to_be_visible()
    picture(zh, "checkout")
    picture(zh, "coupons", "/user/coupons")
    picture(zh, "credit", "/user/credit")
    picture(visitor(locale="en-GB"), "orders-en", "/user/order", 1336)
    picture(visitor(viewport=PHONE, device_scale_factor=2), "orders-phone", "/user/order", 844)
    picture(zh, "orders", "/user/order", 1336)
    zh.page = zh.open_cashier(zh.card(orders["unpaid"]))
    picture(zh, "cashier", height=660)


if __name__ == "__main__":
    main()
