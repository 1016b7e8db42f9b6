"""Who may do what: every endpoint is in `ACCESS`, and every one with an id in its path in `OWNED` or `SHARED`.

A new endpoint without its case fails here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask_jwt_extended import create_access_token, create_refresh_token, decode_token
from sqlalchemy import text

from shared.order_status import OrderStatus
from tests.api.account import Account, account
from tests.endpoints import Endpoint, assert_problem, endpoints, filled
from tests.shop import Shopper, shopper

pytestmark = pytest.mark.attack

OPEN, USER, STAFF, REFRESH, ANY_TOKEN = "everybody", "a user", "staff", "a refresh token", "a token of either kind"

ACCESS: dict[Endpoint, str] = {
    ("POST", "/users/register/"): OPEN,
    ("POST", "/users/login/"): OPEN,
    ("POST", "/users/refresh/"): REFRESH,
    ("POST", "/users/logout/"): ANY_TOKEN,
    ("GET", "/users/me/"): USER,
    ("PATCH", "/users/me/"): USER,
    ("PUT", "/users/me/password/"): USER,
    ("PUT", "/users/me/avatar/"): USER,
    ("DELETE", "/users/me/avatar/"): USER,
    ("GET", "/pictures/<string:sha>.webp"): OPEN,
    ("GET", "/users/me/sessions/"): USER,
    ("DELETE", "/users/me/sessions/"): USER,
    ("DELETE", "/users/me/sessions/<id:login_id>/"): USER,
    ("GET", "/users/me/ledger/"): USER,
    ("GET", "/users/me/courses/"): USER,
    ("GET", "/users/me/bills/"): USER,
    ("GET", "/users/me/notifications/"): USER,
    ("PUT", "/users/me/notifications/read/"): USER,
    ("GET", "/courses/"): OPEN,
    ("GET", "/courses/<id:course_id>/"): OPEN,
    ("GET", "/courses/<id:course_id>/reviews/"): OPEN,
    ("GET", "/courses/<id:course_id>/lessons/<id:lesson_id>/"): USER,
    ("PUT", "/courses/<id:course_id>/lessons/<id:lesson_id>/done/"): USER,
    ("DELETE", "/courses/<id:course_id>/lessons/<id:lesson_id>/done/"): USER,
    ("GET", "/courses/directions/"): OPEN,
    ("GET", "/courses/categories/"): OPEN,
    ("GET", "/cart/"): USER,
    ("POST", "/cart/"): USER,
    ("PATCH", "/cart/"): USER,
    ("PATCH", "/cart/<id:course_id>/"): USER,
    ("DELETE", "/cart/<id:course_id>/"): USER,
    ("GET", "/coupons/"): USER,
    ("GET", "/coupons/enable/"): USER,
    ("GET", "/coupons/disabled/"): USER,
    ("GET", "/coupons/mine/"): USER,
    ("GET", "/coupons/available/"): USER,
    ("POST", "/coupons/<id:coupon_id>/claim/"): USER,
    ("POST", "/orders/"): USER,
    ("POST", "/orders/quote/"): USER,
    ("GET", "/orders/counts/"): USER,
    ("GET", "/orders/events/"): USER,
    ("GET", "/orders/pay/choices/"): OPEN,
    ("GET", "/orders/list/"): USER,
    ("GET", "/orders/<id:order_id>/"): USER,
    ("PUT", "/orders/<id:order_id>/"): USER,
    ("DELETE", "/orders/<id:order_id>/"): USER,
    ("POST", "/orders/<id:order_id>/recover/"): USER,
    ("POST", "/orders/<id:order_id>/refund/"): USER,
    ("POST", "/orders/<id:order_id>/review/"): USER,
    ("GET", "/orders/<id:order_id>/history/"): USER,
    ("POST", "/orders/<id:order_id>/again/"): USER,
    ("GET", "/payments/alipay/<string:order_number>/"): USER,
    ("GET", "/payments/alipay/query/<string:order_number>/"): USER,
    ("GET", "/payments/alipay/result/"): OPEN,
    ("POST", "/payments/alipay/notify/"): OPEN,
    ("GET", "/payments/provider/"): OPEN,
    ("GET", "/ops/timeouts/"): STAFF,
    ("GET", "/ops/timeouts/recent/"): STAFF,
    ("POST", "/ops/timeouts/sweep/"): STAFF,
    ("GET", "/healthz"): OPEN,
    ("GET", "/readyz"): OPEN,
    ("GET", "/metrics"): OPEN,
    ("GET", "/openapi.json"): OPEN,
    ("GET", "/docs"): OPEN,
    ("GET", "/docs/assets/<path:name>"): OPEN,
}


@dataclass
class Case:
    """What goes into the path, from what another user has, and a body with which the owner succeeds."""

    object: Callable[[Account], object]
    body: dict[str, Any] | None = None


def order_in(state: OrderStatus) -> Callable[[Account], object]:
    return lambda owner: owner.orders[state]


def number_of(state: OrderStatus) -> Callable[[Account], object]:
    return lambda owner: owner.numbers[state]


def course_in_cart(_: Account) -> int:
    return 3


def newest_login(owner: Account) -> int:
    return owner.owner.get("/users/me/sessions/").json[0]["id"]


OWNED: dict[Endpoint, Case] = {
    ("DELETE", "/users/me/sessions/<id:login_id>/"): Case(newest_login),
    ("PATCH", "/cart/<id:course_id>/"): Case(course_in_cart, {"selected": False}),
    ("DELETE", "/cart/<id:course_id>/"): Case(course_in_cart),
    ("GET", "/orders/<id:order_id>/"): Case(order_in(OrderStatus.UNPAID)),
    ("PUT", "/orders/<id:order_id>/"): Case(order_in(OrderStatus.UNPAID)),
    ("DELETE", "/orders/<id:order_id>/"): Case(order_in(OrderStatus.CANCELLED)),
    ("POST", "/orders/<id:order_id>/recover/"): Case(order_in(OrderStatus.TIMED_OUT)),
    ("POST", "/orders/<id:order_id>/refund/"): Case(order_in(OrderStatus.PAID)),
    ("POST", "/orders/<id:order_id>/review/"): Case(order_in(OrderStatus.PAID), {"rating": 5, "content": "good"}),
    ("POST", "/orders/<id:order_id>/again/"): Case(order_in(OrderStatus.CANCELLED)),
    ("GET", "/orders/<id:order_id>/history/"): Case(order_in(OrderStatus.REFUNDED)),
    ("GET", "/payments/alipay/<string:order_number>/"): Case(number_of(OrderStatus.UNPAID)),
    ("GET", "/payments/alipay/query/<string:order_number>/"): Case(number_of(OrderStatus.PAID)),
}
"""What is a user's own is another's 404."""

SHARED: set[Endpoint] = {
    ("GET", "/courses/<id:course_id>/"),
    ("GET", "/courses/<id:course_id>/reviews/"),
    ("GET", "/courses/<id:course_id>/lessons/<id:lesson_id>/"),  # for owners alone: tests/attacks/test_lessons.py
    ("PUT", "/courses/<id:course_id>/lessons/<id:lesson_id>/done/"),
    ("DELETE", "/courses/<id:course_id>/lessons/<id:lesson_id>/done/"),
    ("GET", "/pictures/<string:sha>.webp"),
    ("POST", "/coupons/<id:coupon_id>/claim/"),  # the school's coupon; what is taken of it is the taker's
    ("GET", "/docs/assets/<path:name>"),
}
"""What is nobody's own."""

OF_ALL = {"/coupons/available/"}
"""Lists that tell of what others did: how many coupons are left."""

STATE = {
    "orders": "SELECT o.*, (SELECT count(*) FROM order_events WHERE order_id = o.id) FROM orders o ORDER BY id",
    "ledger": "SELECT * FROM ledger ORDER BY id",
    "reviews": "SELECT * FROM reviews ORDER BY id",
    "refunds": "SELECT * FROM refunds ORDER BY id",
    "lessons done": "SELECT * FROM lessons_done ORDER BY user_id, lesson_id",
    "payment intents": "SELECT * FROM payment_intents ORDER BY order_id",
}


def for_whom(*kinds: str) -> list[Endpoint]:
    return [endpoint for endpoint, kind in ACCESS.items() if kind in kinds]


@pytest.fixture
def mine(app, sessions, u1) -> Account:
    return account(app, sessions, u1)


@pytest.fixture
def boss(app, school_data) -> Shopper:
    return shopper(app, "boss")


@pytest.fixture
def state(sessions, redis, u1) -> Callable[[], dict[str, Any]]:
    """All that is the user's."""

    def read() -> dict[str, Any]:
        with sessions() as session:
            rows = {name: [tuple(row) for row in session.execute(text(query))] for name, query in STATE.items()}
        return rows | {"cart": u1.get("/cart/").json, "credit": u1.credit(), "wallet": u1.wallet()}

    return read


def test_every_endpoint_has_its_case(app):
    assert endpoints(app) == set(ACCESS)


def test_every_endpoint_with_an_id_has_its_case():
    assert {endpoint for endpoint in ACCESS if "<" in endpoint[1]} == OWNED.keys() | SHARED


@pytest.mark.parametrize(("method", "rule"), OWNED)
def test_what_is_anothers_is_not_there(mine, u2, state, method, rule):
    case = OWNED[method, rule]
    before = state()
    refused = u2.send(method, filled(rule, case.object(mine)), json=case.body)
    nowhere = u2.send(method, filled(rule, 99999), json=case.body)
    assert_problem(refused, 404)
    assert refused.json == nowhere.json
    assert state() == before
    allowed = mine.owner.send(method, filled(rule, case.object(mine)), json=case.body)
    assert allowed.status_code < 300, f"the case proves nothing: {allowed.text}"


def test_nobody_uses_anothers_coupon(mine, u2, state):
    [coupon, *_] = mine.owner.wallet()
    before = state()
    u2.post("/cart/", {"course_id": 3})
    for path in ("/orders/", "/orders/quote/"):
        refused = u2.post(path, {"pay_type": 0, "user_coupon_id": coupon, "credit": 0})
        nowhere = u2.post(path, {"pay_type": 0, "user_coupon_id": 99999, "credit": 0})
        assert_problem(refused)
        assert refused.json == nowhere.json
    assert state() == before


def test_the_same_idempotency_key_of_another_is_another_key(mine, u2):
    key = {"Idempotency-Key": "mine"}
    body = {"pay_type": 0, "user_coupon_id": -1, "credit": 0}
    u2.post("/cart/", {"course_id": 3})
    first, second = (buyer.post("/orders/", body, headers=key) for buyer in (mine.owner, u2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json["id"] != second.json["id"]


def test_a_claimed_coupon_is_the_takers(mine, u2):
    before = mine.owner.wallet()
    taken = u2.post(f"/coupons/{mine.coupon_id}/claim/")
    assert taken.status_code == 201
    assert taken.json["user_coupon_id"] in u2.wallet()
    assert mine.owner.wallet() == before


def test_lists_hold_ones_own_alone(app, sessions, u1, u2):
    lists = [
        rule
        for method, rule in for_whom(USER)
        if method == "GET" and "<" not in rule and rule not in {*OF_ALL, "/orders/events/"}
    ]
    assert len(lists) >= 10
    before = {path: u2.get(path).json for path in lists}
    account(app, sessions, u1)
    assert {path: u2.get(path).json for path in lists} == before
    changed = {path for path in lists if u1.get(path).json != before[path]}
    assert changed == set(lists), "the account lacks what these list"


def test_staff_endpoints_are_forbidden_to_users(u1, boss):
    for method, rule in for_whom(STAFF):
        answer = u1.send(method, rule + "?page=x", data=b"{", content_type="application/json")
        assert_problem(answer, 403)
        assert boss.send(method, rule).status_code == 200


def token_of(app: Flask, kind: str, user: Shopper, lifetime: int = 60, user_id: int | None = None) -> str:
    """A token that our key signs, of the login the user has, whoever it says that it is of."""
    make = create_refresh_token if kind == REFRESH else create_access_token
    with app.app_context():
        said = {"sid": decode_token(user.token)["sid"]}
        return make(str(user_id or user.id), expires_delta=timedelta(seconds=lifetime), additional_claims=said)


def expired(app: Flask, user: Shopper, kind: str) -> str:
    return token_of(app, kind, user, lifetime=-1)


def logged_out(app: Flask, user: Shopper, kind: str) -> str:
    user.post("/users/logout/")
    return token_of(app, kind, user)


def of_nobody(app: Flask, user: Shopper, kind: str) -> str:
    return token_of(app, kind, user, user_id=99999)


def of_another(app: Flask, user: Shopper, kind: str) -> str:
    return token_of(app, kind, user, user_id=user.id + 1)


def of_the_other_kind(app: Flask, user: Shopper, kind: str) -> str:
    return token_of(app, USER if kind == REFRESH else REFRESH, user)


def tampered_with(app: Flask, user: Shopper, kind: str) -> str:
    head, claims, signature = token_of(app, kind, user).split(".")
    _, other_claims, _ = token_of(app, kind, user, user_id=user.id + 1).split(".")
    assert claims != other_claims
    return f"{head}.{other_claims}.{signature}"


def unsigned(app: Flask, user: Shopper, kind: str) -> str:
    head = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0"  # {"alg":"none","typ":"JWT"}
    return f"{head}.{token_of(app, kind, user).split('.')[1]}."


def missing(app: Flask, user: Shopper, kind: str) -> str:
    return ""


@pytest.mark.parametrize(
    "worthless", [missing, expired, logged_out, of_nobody, of_another, of_the_other_kind, tampered_with, unsigned]
)
@pytest.mark.parametrize("kind", [USER, STAFF, REFRESH, ANY_TOKEN])
def test_a_worthless_token_is_401_before_anything_else(app, school_data, worthless, kind):
    if (worthless, kind) == (of_the_other_kind, ANY_TOKEN):
        return  # takes either
    user = shopper(app, "boss" if kind == STAFF else "u1")
    header = {"Authorization": f"Bearer {worthless(app, user, kind)}"}
    for method, rule in for_whom(kind):
        for body in (b"", b"{", b"{}"):
            answer = user.client.open(
                filled(rule, "99999") + "?page=x",
                method=method,
                headers=header,
                data=body,
                content_type="application/json",
            )
            assert_problem(answer, 401)
            assert answer.headers["WWW-Authenticate"] == "Bearer"
        if method == "GET":
            assert user.client.head(filled(rule), headers=header).status_code == 401


@pytest.mark.parametrize("kind", [USER, STAFF, REFRESH, ANY_TOKEN])
def test_the_same_token_is_taken_when_nothing_is_wrong_with_it(app, school_data, kind):
    for method, rule in for_whom(kind):
        token = token_of(app, kind, user := shopper(app, "boss" if kind == STAFF else "u1"))
        with user.client.open(
            filled(rule), method=method, headers={"Authorization": f"Bearer {token}"}, json={}
        ) as answer:
            assert answer.status_code not in (401, 403), (method, rule)
