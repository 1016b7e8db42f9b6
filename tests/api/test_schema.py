"""Every answer is one that `/openapi.json` describes, for requests that keep to it and for such as do not.

Seeded, so that a failure is one again; the examples are few, for this is run with every commit.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import cycle
from typing import Any

import hypothesis
import pytest
import schemathesis
from flask import Flask
from redis import Redis
from schemathesis import Case
from schemathesis.checks import CheckContext
from schemathesis.config import SchemathesisConfig
from schemathesis.core.transport import Response

from shared.orders import ALIPAY
from shared.stores import redis_keys
from tests.api.account import Account, account
from tests.conftest import settings_for
from tests.endpoints import described, endpoints
from tests.shop import shopper
from webapp import create_app

pytestmark = pytest.mark.attack

SEED = 20260101
EXAMPLES = 12
"""Random requests to each operation; those for the limits of each parameter come on top."""

ENDLESS = "/orders/events/"
"""The stream; what it refuses is in `tests/webapp/test_bad_input.py`, what it sends in `tests/streams`."""

UNLIKELY = {
    "GET /payments/alipay/result/",
    "POST /payments/alipay/notify/",
    "PUT /users/me/avatar/",
    "GET /pictures/{sha}.webp",
}
"""Want a signature, a picture or its hash, which are not come by at random."""

SLOW_AND_SHARED = [
    hypothesis.HealthCheck.function_scoped_fixture,  # the database is one for all requests to an operation
    hypothesis.HealthCheck.too_slow,
    hypothesis.HealthCheck.filter_too_much,
]

ACCEPTED = ["2xx", "3xx", "400", "403", "404", "409"]
"""How a request that keeps to the description is answered; 400 when a rule of the shop forbids it."""

ALSO = {
    "/users/login/": "401",  # nobody's name and password
    "/users/register/": "422",  # a name that is not printable
    "/users/me/avatar/": "422",  # no picture
    "/users/me/password/": "422",  # a password that is common, or the name
    "/orders/": "422",  # an Idempotency-Key that was used
    "/orders/{order_id}/recover/": "422",
    "/orders/{order_id}/refund/": "422",
}
"""What the description cannot foresee."""

UNDESCRIBED = {("GET", path) for path in ("/healthz", "/readyz", "/metrics", "/openapi.json", "/docs")}
UNDESCRIBED.add(("GET", "/docs/assets/<path:name>"))
"""For whoever runs the process, and the description itself."""

CONFIG = {
    "seed": SEED,
    "generation": {"max-examples": EXAMPLES, "no-shrink": True, "with-security-parameters": False, "database": "none"},
    "checks": {
        "ignored_auth": {"enabled": False},  # see test_access.py
        "positive_data_acceptance": {"expected-statuses": ACCEPTED},
    },
    "operations": [
        {
            "include-path": path,
            "checks": {"positive_data_acceptance": {"expected-statuses": [*ACCEPTED, status]}},
        }
        for path, status in ALSO.items()
    ],
    "phases": {"examples": {"enabled": False}, "coverage": {"unexpected-methods": ["delete", "patch", "trace"]}},
}


def description() -> dict[str, Any]:
    """The description, which needs no store."""
    app = create_app(settings_for("postgresql://nobody@127.0.0.1:1/none", "redis://127.0.0.1:1/0"))
    described = app.test_client().get("/openapi.json").json
    assert isinstance(described, dict)
    return described


schema = schemathesis.openapi.from_dict(description(), config=SchemathesisConfig.from_dict(CONFIG)).exclude(
    path=ENDLESS
)


class Caller:
    """Sends what schemathesis makes up, much of it aimed at what the user really has."""

    def __init__(self, app: Flask, redis: Redis, mine: Account) -> None:
        self.app = app
        self.redis = redis
        self.mine = mine
        self.answers: Counter[int] = Counter()
        self.has_failed = False
        hits: dict[str, list[Any]] = {
            "order_id": [*mine.orders.values()],
            "order_number": [*mine.numbers.values()],
            "course_id": [1, 2, 3, 7],
            "lesson_id": [1, 2],
            "coupon_id": [mine.coupon_id],
            "user_coupon_id": [-1, *mine.owner.wallet()],
            "pay_type": [ALIPAY],
            "login_id": [1],
            "credit": [0, 5],
            "page": [1, 2],
            "username": ["u1"],
            "password": ["secret-1"],
            "old_password": ["secret-1"],
            "new_password": ["a good one"],
            "cookie": [False, True],
        }
        self.hits = {name: cycle([*values, None]) for name, values in hits.items()}

    def aim(self, case: Case) -> None:
        """Let most of what might name something name what is there."""
        if case.meta is None or case.meta.generation.mode.is_positive:
            for part in (case.path_parameters, case.query, case.body):
                if isinstance(part, dict):
                    part.update({name: self.aimed(name, value) for name, value in part.items()})
        self.redis.hset(redis_keys.cart(self.mine.owner.id), mapping={1: 1, 2: 1, 3: 1})

    def aimed(self, name: str, value: Any) -> Any:
        """What is there in turns, and each time round the value itself."""
        hit = next(self.hits[name]) if name in self.hits else None
        return value if hit is None else hit

    def token(self, case: Case) -> str:
        """One of a new login, for a logout ends it."""
        path = case.operation.path
        login = shopper(self.app, "boss" if path.startswith("/ops/") else "u1")
        if "login_id" in (case.path_parameters or {}) and next(self.hits["login_id"]):
            case.path_parameters["login_id"] = login.get("/users/me/sessions/").json[0]["id"]
        return login.refresh_token if path == "/users/refresh/" else login.token

    def call(self, case: Case) -> None:
        self.aim(case)
        headers = {"Authorization": f"Bearer {self.token(case)}"}
        try:
            response = case.call_and_validate(app=self.app, headers=headers, additional_checks=[is_documented])
        except BaseException:
            self.has_failed = True
            raise
        self.answers[response.status_code] += 1


@pytest.fixture
def caller(app, sessions, redis, school_data, request) -> Iterator[Caller]:
    """Fails a test in which no request was successful."""
    caller = Caller(app, redis, account(app, sessions, shopper(app, "u1")))
    yield caller
    likely = not any(operation in request.node.name for operation in UNLIKELY)
    if likely and not caller.has_failed:
        assert any(status < 300 for status in caller.answers), f"no request hit anything: {caller.answers}"


def is_documented(_: CheckContext, response: Response, case: Case) -> None:
    """Each success and each answer of another kind is described by its status; all the rest are problems."""
    documented = case.operation.definition.raw["responses"]
    status = response.status_code
    if str(status) in documented and "$ref" not in documented[str(status)]:
        return
    assert status >= 400, f"{status} is not documented"
    problem = response.json()
    assert response.headers["content-type"] == ["application/problem+json"]
    assert problem["status"] == status
    assert ("errors" in problem) == (status == 422)
    assert ("www-authenticate" in response.headers) == (status == 401)


@schema.parametrize()
@hypothesis.settings(suppress_health_check=SLOW_AND_SHARED)
def test_every_answer_is_as_documented(case, caller):
    caller.call(case)


def test_every_success_is_described():
    for path, operations in schema.raw_schema["paths"].items():
        for method in operations.keys() - {"parameters"}:
            answers = operations[method]["responses"]
            described = {status: answers[status].get("content") for status in answers if status.startswith("2")}
            assert described, (method, path)
            for status, content in described.items():
                assert bool(content) == (status != "204"), (method, path)
                assert all(kind["schema"] for kind in (content or {}).values()), (method, path)


def test_every_endpoint_is_described(app):
    operations = schema.raw_schema["paths"].items()
    known = {(method.upper(), path) for path, methods in operations for method in methods if method != "parameters"}
    assert {(method, described(rule)) for method, rule in endpoints(app)} - known == UNDESCRIBED
