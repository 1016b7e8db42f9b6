"""The load: users who order, pay, cancel, recover and refund at random, and remember what they were told."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from random import Random
from threading import Event, Thread
from time import time
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

CREDIT = 1000  # credits of each user at the start
COUPONS = 3  # coupons of each user
THINK = 0.35  # seconds between two actions of a user, on average
TIMEOUT = 8.0  # seconds until a user gives up waiting; the contract's bound is 5
PAY_LATE_UP_TO = 6.0  # seconds after the deadline

_PRICES = ({"price": "100.00", "credit": 300}, {"price": "59.90", "credit": 100})
COURSES = [
    {"id": id, "name": f"course {id}", "cover": "/a.png", "direction": 1, "category": 1, **_PRICES[id % 2]}
    for id in range(1, 201)  # so many that nobody soon owns them all
]
_COUPON = {
    "coupon_type": 0, "get_type": 0, "condition": "0.00", "total": 0,
    "start_time": "2020-01-01T00:00:00Z", "end_time": "2040-01-01T00:00:00Z",
}  # fmt: skip


def school(users: int) -> dict[str, Any]:
    """What is loaded before the doors open."""
    names = [f"u{number}" for number in range(users)]
    return {
        "directions": [{"id": 1, "name": "d"}],
        "categories": [{"id": 1, "name": "c", "direction": 1}],
        "courses": COURSES,
        "users": [{"username": name, "password": f"secret-{name}", "credit": CREDIT} for name in names],
        "coupons": [
            {"id": 1, "name": "take off", "discount": 1, "sale": "-30", **_COUPON},
            {"id": 2, "name": "rate", "discount": 2, "sale": "*0.85", **_COUPON},
        ],
        "user_coupons": [{"user": name, "coupon": 1 + n % 2} for name in names for n in range(COUPONS)],
    }


@dataclass(frozen=True)
class Told:
    """What a user did and what they were told: a status of HTTP, or 0 when no answer came."""

    at: float
    user: str
    action: str
    order_id: int | None
    status: int
    detail: str = ""


@dataclass
class _Order:
    id: int
    number: str
    due: float
    link: str = ""


@dataclass
class Crowd:
    """All users, each on a thread of their own."""

    port: int
    seed: int
    users: int
    told: list[Told] = field(default_factory=list)
    stop: Event = field(default_factory=Event)

    def start(self) -> list[Thread]:
        """Let them in."""
        threads = [Thread(target=Shopper(self, f"u{n}").run, name=f"u{n}", daemon=True) for n in range(self.users)]
        for thread in threads:
            thread.start()
        return threads

    def answers(self) -> Counter[int]:
        """How often each status of HTTP was the answer; 0 is none at all."""
        return Counter(each.status for each in self.told)


class Shopper:
    """One user. Their choices come from the seed and their name; what they lead to depends on the moment."""

    def __init__(self, crowd: Crowd, name: str) -> None:
        self._crowd = crowd
        self._name = name
        self._random = Random(f"{crowd.seed} {name}")
        self._token = ""
        self._coupons: list[int] = []
        self._orders: list[_Order] = []
        self._keys = 0

    def run(self) -> None:
        """Shop until the doors close."""
        actions: dict[Callable[[], None], int] = {
            self._place: 40,
            self._pay: 14,
            self._pay_at_the_last_moment: 8,
            self._pay_late: 6,
            self._cancel: 12,
            self._cancel_at_the_last_moment: 6,
            self._recover: 10,
            self._refund: 8,
        }
        while not self._crowd.stop.is_set() and not self._log_in():
            self._crowd.stop.wait(0.5)
        while not self._crowd.stop.wait(self._random.expovariate(1 / THINK)):
            self._random.choices(list(actions), list(actions.values()))[0]()

    def _log_in(self) -> bool:
        answer = self._send("POST", "/users/login/", {"username": self._name, "password": f"secret-{self._name}"})
        self._token = (answer or {}).get("token", "")
        wallet = self._send("GET", "/coupons/") if self._token else None
        self._coupons = [each["user_coupon_id"] for each in wallet or []]
        return bool(wallet)

    def _place(self) -> None:
        course_id = self._random.choice(COURSES)["id"]
        self._send("POST", "/cart/", {"course_id": course_id})
        coupon = self._random.choice(self._coupons) if self._random.random() < 0.5 else -1
        credit = self._random.choice((0, 0, 10, 50, 90))
        self._keys += 1
        body = {"pay_type": 0, "user_coupon_id": coupon, "credit": credit}
        key = f"{self._name}-{self._keys}"
        placed = self._send("POST", "/orders/", body, key=key)
        if placed is None and self._random.random() < 0.7:  # as a careful client does: the same again
            placed = self._send("POST", "/orders/", body, key=key)
        if placed and "id" in placed:
            self._orders.append(_Order(placed["id"], placed["order_number"], time() + placed["order_timeout"]))
            self._orders = self._orders[-12:]
        else:  # it may be owned by now, and would be in the way of every other
            self._send("DELETE", f"/cart/{course_id}/")

    def _pay(self) -> None:
        if order := self._chosen(lambda order: order.due > time()):
            self._go_to_the_cashier(order)

    def _pay_at_the_last_moment(self) -> None:
        if order := self._chosen(lambda order: order.due > time()):
            self._get_link(order)
            self._wait_for(order.due)
            self._go_to_the_cashier(order)

    def _pay_late(self) -> None:
        late = self._chosen(lambda order: bool(order.link) and 0 < time() - order.due < PAY_LATE_UP_TO)
        if late:
            self._go_to_the_cashier(late)
        elif order := self._chosen(lambda order: order.due > time()):
            self._get_link(order)

    def _cancel(self) -> None:
        if order := self._chosen(lambda order: order.due > time()):
            self._send("PUT", f"/orders/{order.id}/", order=order.id)

    def _cancel_at_the_last_moment(self) -> None:
        if order := self._chosen(lambda order: order.due > time()):
            self._wait_for(order.due)
            self._send("PUT", f"/orders/{order.id}/", order=order.id)

    def _recover(self) -> None:
        order = self._chosen(lambda order: order.due < time())
        if order and (again := self._send("POST", f"/orders/{order.id}/recover/", order=order.id)):
            order.due = time() + again.get("expires_in", 0)

    def _refund(self) -> None:
        if order := self._chosen(lambda _: True):
            self._send("POST", f"/orders/{order.id}/refund/", order=order.id)

    def _go_to_the_cashier(self, order: _Order) -> None:
        link = order.link or self._get_link(order)
        if link:
            bill = urlsplit(link)
            form = urlencode(parse_qsl(bill.query))
            self._send("POST", bill.path, form, order=order.id)

    def _get_link(self, order: _Order) -> str:
        answer = self._send("GET", f"/payments/alipay/{order.number}/", order=order.id)
        order.link = (answer or {}).get("link", order.link)
        return order.link

    def _chosen(self, wanted: Callable[[_Order], bool]) -> _Order | None:
        fitting = [order for order in self._orders if wanted(order)]
        return self._random.choice(fitting) if fitting else None

    def _wait_for(self, due: float) -> None:
        """Until about the deadline: the answer and the timeout are to race."""
        self._crowd.stop.wait(max(due - time() + self._random.gauss(0, 0.03), 0))

    def _send(self, method: str, path: str, body: Any = None, *, order: int | None = None, key: str = "") -> Any:
        """One request; the JSON of a good answer, else None. What was told is kept."""
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        if isinstance(body, str):
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        elif body is not None:
            headers["Content-Type"], body = "application/json", json.dumps(body)
        if key:
            headers["Idempotency-Key"] = key
        status, text = self._exchange(method, path, body, headers)
        told: Any = json.loads(text) if text.startswith(("{", "[")) else None
        order = told.get("id") if order is None and path == "/orders/" and status == 201 else order
        action = f"{method} {path.replace(str(order), '{id}') if order else path}"
        detail = text[:200] if status >= 400 else ""
        self._crowd.told.append(Told(time(), self._name, action, order, status, detail))
        return told if status in (200, 201) else None

    def _exchange(self, method: str, path: str, body: Any, headers: dict[str, str]) -> tuple[int, str]:
        connection = HTTPConnection("127.0.0.1", self._crowd.port, timeout=TIMEOUT)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return response.status, response.read().decode()
        except (OSError, HTTPException):
            return 0, ""
        finally:
            connection.close()
