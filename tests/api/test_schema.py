"""Every answer is one that `/openapi.json` describes, for requests that keep to it and for such as do not.

Seeded, so that a failure is one again; the examples are few, for this is run with every commit.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
import schemathesis
from flask import Flask
from schemathesis import Case
from schemathesis.checks import CheckContext
from schemathesis.config import SchemathesisConfig
from schemathesis.core.transport import Response

from shared.orders import ALIPAY
from tests.api.account import Account, account
from tests.conftest import settings_for
from tests.shop import shopper
from webapp import create_app

SEED = 20260101
EXAMPLES = 12
"""Random requests to each operation; those for the limits of each parameter come on top."""

ENDLESS = "/orders/events/"
"""The stream; what it refuses is in `tests/webapp/test_bad_input.py`, what it sends in `tests/streams`."""

UNLIKELY = {"GET /payments/alipay/result/", "POST /payments/alipay/notify/"}
"""Want a signature, which is not come by at random."""

SLOW_AND_SHARED = [
    hypothesis.HealthCheck.function_scoped_fixture,  # the database is one for all requests to an operation
    hypothesis.HealthCheck.too_slow,
    hypothesis.HealthCheck.filter_too_much,
]

CONFIG = {
    "seed": SEED,
    "generation": {"max-examples": EXAMPLES, "no-shrink": True, "database": "none"},
    "phases": {"examples": {"enabled": False}, "coverage": {"unexpected-methods": ["delete", "patch", "trace"]}},
}


def described() -> dict[str, Any]:
    """The description, which needs no store."""
    app = create_app(settings_for("postgresql://nobody@127.0.0.1:1/none", "redis://127.0.0.1:1/0"))
    description: dict[str, Any] = app.test_client().get("/openapi.json").json
    return description


schema = schemathesis.openapi.from_dict(described(), config=SchemathesisConfig.from_dict(CONFIG)).exclude(path=ENDLESS)


class Caller:
    """Sends what schemathesis makes up, much of it aimed at what the user really has."""

    def __init__(self, app: Flask, mine: Account) -> None:
        self.app = app
        self.mine = mine
        self.answers: Counter[int] = Counter()
        self.has_failed = False
        self.numbers = {
            "order_id": [*mine.orders.values()],
            "course_id": [1, 2, 3],
            "coupon_id": [mine.coupon_id],
            "user_coupon_id": [-1, *mine.owner.wallet()],
            "pay_type": [ALIPAY],
            "credit": [0, 5],
            "page": [1, 2],
        }
        self.texts = {"order_number": [*mine.numbers.values()], "username": ["u1"], "password": ["secret-1"]}

    def send(self, case: Case) -> Response:
        for part in (case.path_parameters, case.query, case.body):
            if isinstance(part, dict):
                part.update({name: self.aimed(name, value) for name, value in part.items()})
        self.mine.owner.post("/cart/", {"course_id": 3})
        return case.call(app=self.app, headers={"Authorization": f"Bearer {self.token(case)}"})

    def aimed(self, name: str, value: Any) -> Any:
        """For most of what might name something, the name of something that is there."""
        if type(value) is int and value > 0 and name in self.numbers:
            hits = self.numbers[name]
            return dict(enumerate(hits)).get(value % (len(hits) + 1), value)
        if isinstance(value, str) and value and name in self.texts:
            hits = self.texts[name]
            return dict(enumerate(hits)).get(len(value) % (len(hits) + 1), value)
        return value

    def token(self, case: Case) -> str:
        """One of a new login, for a logout ends it."""
        path = case.operation.path
        login = shopper(self.app, "boss" if path.startswith("/ops/") else "u1")
        return login.refresh_token if path == "/users/refresh/" else login.token


@pytest.fixture
def caller(app, sessions, school_data, request) -> Iterator[Caller]:
    """Fails a test in which no request was successful."""
    caller = Caller(app, account(app, sessions, shopper(app, "u1")))
    yield caller
    likely = not any(operation in request.node.name for operation in UNLIKELY)
    if likely and not caller.has_failed:
        assert any(status < 300 for status in caller.answers), f"no request hit anything: {caller.answers}"


def is_documented(_: CheckContext, response: Response, case: Case) -> None:
    """Success is described status by status, and every problem is one."""
    status = response.status_code
    if status < 400:
        assert str(status) in case.operation.definition.raw["responses"], f"{status} is not documented"
        return
    body = response.json()
    assert response.headers["content-type"] == ["application/problem+json"]
    assert body["status"] == status
    assert ("errors" in body) == (status == 422)
    assert bool(response.headers.get("www-authenticate")) == (status == 401)


@schema.parametrize()
@hypothesis.settings(suppress_health_check=SLOW_AND_SHARED)
def test_every_answer_is_as_documented(case, caller):
    caller.has_failed = True
    response = caller.send(case)
    case.validate_response(response, additional_checks=[is_documented])
    caller.answers[response.status_code] += 1
    caller.has_failed = False
