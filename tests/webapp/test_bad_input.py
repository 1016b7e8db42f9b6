"""Whatever is sent to an endpoint, the answer is a clear 4xx as problem+json, never a 500.

`BAD` names every endpoint but those that answer with pages: a new one without its own bad input fails here.
"""

import json
import re
from typing import Any

import pytest
from flask import Flask

from config import Settings
from tests.endpoints import assert_problem, described, endpoints, filled
from tests.shop import shopper
from webapp import create_app

pytestmark = pytest.mark.attack

HUGE = 10**30
ENDLESS = "9" * 5000
NOT_TEXT: list[Any] = [None, True, 1, 1.5, [], {}, ["a"], "a\0b", "\ud800", "x" * 100_000]
NOT_NUMBERS: list[Any] = [
    None,
    True,
    False,
    "1",
    "",
    1.0,
    1.5,
    float("nan"),
    float("inf"),
    [],
    {},
    [1],
    HUGE,
    -HUGE,
    "\0",
]
NOT_FLAGS: list[Any] = [None, 0, 1, "true", "", [], {}, 1.5]
BAD_PAGES = [f"{name}={value}" for name in ("page", "size") for value in ("", "0", "-1", "x", "1.5", "%00", HUGE, "٣x")]


def bodies(good: dict[str, Any], bad: dict[str, list[Any]]) -> list[bytes]:
    """Bodies in which one field is wrong or missing, and such as are no JSON object at all."""
    wrong = [good | {name: value} for name, values in bad.items() for value in values]
    missing = [{key: value for key, value in good.items() if key != name} for name in good]
    return [json.dumps(body).encode() for body in wrong + missing] + NO_OBJECTS


NO_OBJECTS = [
    b"",
    b" ",
    b"{",
    b"null",
    b"[]",
    b'"text"',
    b"1",
    b"\xff\xfe",
    b"\x00",
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b'{"course_id": ' + ENDLESS.encode() + b"}",
    b'{"a": "\\ud800"',
]

REGISTRATION = bodies(
    {"username": "new", "password": "a good one"},
    {
        "username": [*NOT_TEXT, "", " ", "a ", "a\n", "x" * 151],
        "password": [*NOT_TEXT, "", "1234567", "password1", "x" * 129],
    },
)
LOGIN = bodies(
    {"username": "u1", "password": "secret-1"},
    {"username": NOT_TEXT, "password": NOT_TEXT, "cookie": NOT_FLAGS, "code": NOT_TEXT},
)
PASSWORD = bodies(
    {"old_password": "secret-1", "new_password": "a good one"},
    {"old_password": [*NOT_TEXT, "wrong"], "new_password": [*NOT_TEXT, "", "1234567", "password1", "x" * 129]},
)
PROFILE = bodies(
    {},
    {
        **dict.fromkeys(("nickname", "avatar", "position", "city", "signature"), NOT_TEXT),
        "gender": [*NOT_NUMBERS, -1, 3],
        "credit": [1, HUGE],
        "\ud800": [1],
    },
)
SELECTION = bodies({"selected": True}, {"selected": NOT_FLAGS})
ORDER = bodies(
    {"pay_type": 0},
    {"pay_type": [*NOT_NUMBERS, 1, -1, 99], "user_coupon_id": [*NOT_NUMBERS, 0, 77], "credit": [*NOT_NUMBERS, -1, 999]},
)
QUOTE = bodies({}, {"user_coupon_id": [*NOT_NUMBERS, 0, 77], "credit": [*NOT_NUMBERS, -1, 999]})
REVIEW = bodies(
    {"rating": 5, "content": "good", "course_id": 1},
    {"rating": [*NOT_NUMBERS, 0, 6], "content": [*NOT_TEXT, ""], "course_id": NOT_NUMBERS},
)
BAD_NUMBERS = ["0", "x", "%00", "%ff", "x" * 5000, "٣", "20260101000000010000000x"]
BAD_IDS = ["0", "99999", str(2**63 - 1), str(2**63), str(HUGE), ENDLESS, "-1", "x", "1.5", "%00", "%ff", "1%20"]

# What is tried in place of `<…>`, after `?`, and as a body.
BAD: dict[tuple[str, str], dict[str, list[Any]]] = {
    ("POST", "/users/register/"): {"bodies": REGISTRATION},
    ("POST", "/users/login/"): {"bodies": LOGIN},
    ("POST", "/users/refresh/"): {},
    ("POST", "/users/logout/"): {},
    ("GET", "/users/me/"): {},
    ("PATCH", "/users/me/"): {"bodies": PROFILE},
    ("PUT", "/users/me/password/"): {"bodies": PASSWORD},
    ("PUT", "/users/me/avatar/"): {},
    ("DELETE", "/users/me/avatar/"): {},
    ("GET", "/pictures/<string:sha>.webp"): {"paths": BAD_NUMBERS},
    ("GET", "/users/me/sessions/"): {},
    ("DELETE", "/users/me/sessions/"): {},
    ("DELETE", "/users/me/sessions/<id:login_id>/"): {"paths": BAD_IDS},
    ("GET", "/users/me/ledger/"): {"queries": BAD_PAGES},
    ("GET", "/users/me/notifications/"): {"queries": BAD_PAGES},
    ("PUT", "/users/me/notifications/read/"): {},
    ("GET", "/users/me/courses/"): {"queries": BAD_PAGES},
    ("GET", "/users/me/bills/"): {"queries": BAD_PAGES},
    ("GET", "/courses/"): {
        "queries": [
            *BAD_PAGES,
            *(f"{name}={value}" for name in ("direction", "category") for value in ("", "-1", "x", "%00", HUGE)),
            "search=%00",
            f"search={'x' * 201}",
            *(f"sort={value}" for value in ("x", "id", "-", "-newest", "price;", "%00")),
        ]
    },
    ("GET", "/courses/<id:course_id>/"): {"paths": BAD_IDS},
    ("GET", "/courses/<id:course_id>/reviews/"): {"paths": BAD_IDS},
    ("GET", "/courses/<id:course_id>/lessons/<id:lesson_id>/"): {"paths": BAD_IDS},
    ("PUT", "/courses/<id:course_id>/lessons/<id:lesson_id>/done/"): {"paths": BAD_IDS},
    ("DELETE", "/courses/<id:course_id>/lessons/<id:lesson_id>/done/"): {"paths": BAD_IDS},
    ("GET", "/courses/directions/"): {},
    ("GET", "/courses/categories/"): {},
    ("GET", "/cart/"): {},
    ("POST", "/cart/"): {"bodies": bodies({"course_id": 1}, {"course_id": [*NOT_NUMBERS, 0, -1, 99]})},
    ("PATCH", "/cart/"): {"bodies": SELECTION},
    ("PATCH", "/cart/<id:course_id>/"): {"paths": BAD_IDS, "bodies": SELECTION},
    ("DELETE", "/cart/<id:course_id>/"): {"paths": BAD_IDS},
    ("GET", "/coupons/"): {},
    ("GET", "/coupons/enable/"): {},
    ("GET", "/coupons/disabled/"): {},
    ("GET", "/coupons/mine/"): {},
    ("GET", "/coupons/available/"): {},
    ("POST", "/coupons/<id:coupon_id>/claim/"): {"paths": BAD_IDS},
    ("POST", "/orders/"): {"bodies": ORDER},
    ("POST", "/orders/quote/"): {"bodies": QUOTE},
    ("GET", "/orders/counts/"): {},
    ("GET", "/orders/events/"): {"queries": [f"last_event_id={value}" for value in ("", "x", "-1", "%00", HUGE)]},
    ("GET", "/orders/pay/choices/"): {},
    ("GET", "/orders/list/"): {
        "queries": [
            *BAD_PAGES,
            *(f"status={value}" for value in ("", "-2", "5", "x", "%00", HUGE)),
            *(f"number={value}" for value in ("%00", "9" * 65)),
        ]
    },
    ("GET", "/orders/<id:order_id>/"): {"paths": BAD_IDS},
    ("PUT", "/orders/<id:order_id>/"): {"paths": BAD_IDS},
    ("DELETE", "/orders/<id:order_id>/"): {"paths": BAD_IDS},
    ("POST", "/orders/<id:order_id>/recover/"): {"paths": BAD_IDS},
    ("POST", "/orders/<id:order_id>/refund/"): {"paths": BAD_IDS},
    ("POST", "/orders/<id:order_id>/again/"): {"paths": BAD_IDS},
    ("GET", "/orders/<id:order_id>/history/"): {"paths": BAD_IDS},
    ("POST", "/orders/<id:order_id>/review/"): {"paths": BAD_IDS, "bodies": REVIEW},
    ("GET", "/payments/alipay/<string:order_number>/"): {"paths": BAD_NUMBERS},
    ("GET", "/payments/alipay/query/<string:order_number>/"): {"paths": BAD_NUMBERS},
    ("GET", "/payments/alipay/result/"): {},
    ("POST", "/payments/alipay/notify/"): {},
    ("GET", "/ops/timeouts/"): {},
    ("GET", "/ops/timeouts/recent/"): {},
    ("POST", "/ops/timeouts/sweep/"): {},
    ("GET", "/healthz"): {},
    ("GET", "/readyz"): {},
    ("GET", "/metrics"): {},
    ("GET", "/payments/provider/"): {},
    ("GET", "/openapi.json"): {},
    ("GET", "/docs"): {},
    ("GET", "/docs/assets/<path:name>"): {"paths": ["x", "../errors.py", "%00", "..%2f..%2fetc%2fpasswd"]},
}
BAD_TOKENS = [
    None,
    "",
    "Bearer",
    "Bearer ",
    "Bearer x",
    "Bearer a.b.c",
    "Bearer \xff",
    "Basic dTE6c2VjcmV0LTE=",
    "Bearer {token}x",
    "{token}",
    "Token {token}",
    "Bearer {token} {token}",
    "Bearer {token}, Bearer {token}",
    "Bearer ,{token}",
    " , ,",
    "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.",
    "Bearer W1tb.e30.x",
    "Bearer " + "W1tbW1tb" * 800 + ".e30.x",
    "Bearer " + "." * 5000,
]


def protected(app: Flask) -> list[tuple[str, str]]:
    """Every operation that the description says needs a token."""
    paths = app.test_client().get("/openapi.json").json["paths"]
    return sorted(
        (method.upper(), path)
        for path, operations in paths.items()
        for method, operation in operations.items()
        if method != "parameters" and {} not in operation.get("security", [{}])
    )


def test_every_endpoint_has_its_bad_input(app):
    assert endpoints(app) == set(BAD)


@pytest.mark.parametrize(("method", "rule"), BAD)
def test_bad_input_is_refused_clearly(u1, method, rule):
    u1.post("/cart/", {"course_id": 1})
    bad = BAD[method, rule]
    for value in bad.get("paths", []):
        body = {"selected": True, "rating": 5, "content": "x"} if bad.get("bodies") else None
        assert_problem(u1.send(method, filled(rule, value), json=body), 404)
    for query in bad.get("queries", []):
        assert_problem(u1.send(method, f"{rule}?{query}"), 422)
    for body in bad.get("bodies", []):
        answer = u1.send(method, filled(rule), data=body, content_type="application/json")
        assert_problem(answer, 400 if body in NO_OBJECTS else None)


@pytest.mark.parametrize(("method", "rule"), [key for key, bad in BAD.items() if "bodies" in bad])
def test_a_body_must_be_json_and_say_so(u1, method, rule):
    for content_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "nonsense", ""):
        answer = u1.send(method, filled(rule), data=b'{"selected": true}', content_type=content_type)
        assert_problem(answer, 400)
        assert answer.json["code"] == "malformed"


@pytest.mark.parametrize(("method", "rule"), [key for key, bad in BAD.items() if "bodies" in bad])
def test_a_body_must_not_be_endless(u1, method, rule):
    body = b'{"a": "' + b"x" * 2_000_000 + b'"}'
    assert_problem(u1.send(method, filled(rule), data=body, content_type="application/json"), 413)


@pytest.mark.parametrize(("method", "rule"), BAD)
def test_what_is_not_asked_for_is_passed_over(u1, method, rule):
    """Queries and bodies where none belong, and methods that are not there."""
    if "bodies" not in BAD[method, rule] and rule != "/users/logout/":
        path = filled(rule) + "?x=%00&x=%ff&%00=1"
        with u1.send(method, path, data=b"\xff{", content_type="application/json") as answer:
            assert answer.status_code < 500
    assert_problem(u1.send("TRACE", filled(rule)), 405)


def test_a_token_comes_before_everything_else(app, u1):
    assert len(protected(app)) > 10
    for method, path in protected(app):
        for header in BAD_TOKENS:
            headers = {} if header is None else {"Authorization": header.replace("{token}", u1.token)}
            answer = u1.client.open(
                re.sub("{[^}]*}", "99999", path) + "?page=x",
                method=method,
                headers=headers,
                data=b"{",
                content_type="application/json",
            )
            assert_problem(answer, 401)
            assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_only_these_are_open_to_all(app):
    """So that a forgotten decorator is noticed."""
    open_to_all = {(method, described(rule)) for method, rule in endpoints(app)} - set(protected(app))
    assert {path for _, path in open_to_all} == {
        "/users/register/",
        "/users/login/",
        "/courses/",
        "/courses/{course_id}/",
        "/courses/{course_id}/reviews/",
        "/courses/directions/",
        "/courses/categories/",
        "/orders/pay/choices/",
        "/payments/alipay/result/",
        "/payments/alipay/notify/",
        "/payments/provider/",
        "/pictures/{sha}.webp",
        "/healthz",
        "/readyz",
        "/metrics",
        "/openapi.json",
        "/docs",
        "/docs/assets/<path:name>",
    }


@pytest.mark.parametrize("path", ["/courses/x/y/", "/orders/x/y/", "/orders/%00", "/orders/%ff", "/orders/1/%2e%2e/"])
def test_no_such_path(client, path):
    assert_problem(client.get(path), 404)


def test_a_missing_slash_is_a_redirect(client):
    assert client.get("/courses").status_code == 308


def test_a_token_of_another_key_is_refused(app, u1, settings):
    from dataclasses import replace

    other: Settings = replace(settings, jwt_secret_key="another secret that is long enough for any algorithm")
    stranger = shopper(create_app(other), "u1")
    assert_problem(u1.client.get("/users/me/", headers={"Authorization": f"Bearer {stranger.token}"}), 401)
