"""Trials and real money: one database is for one of them, and nobody runs a shop that sells nothing unawares."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace

import pytest
from sqlalchemy import text

import config
from config import AlipayAccount
from embedded.process import free_port
from lapse.database import open_sessions
from shared.payments import WrongProvider, agree, agree_if_possible
from tests.conftest import close
from tests.desk import Desk
from tests.engine.test_races import at_once
from tests.payments.test_alipay_settings import GOOD, PRIVATE, PUBLIC
from tests.shop import shopper
from webapp import create_app

COMMAND = ("-m", "flask", "--app", "wsgi", "orders", "status")
WEB = ("-m", "gunicorn", "wsgi:app")


def run(settings, arguments, provider: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    environment = {
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "JWT_SECRET_KEY": settings.jwt_secret_key,
        "PORT": str(free_port()),
        **provider,
    }
    return subprocess.run(
        [sys.executable, *arguments],
        env=os.environ | environment,
        cwd=config.ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture
def live(settings):
    """Settings for real money on the test's database."""
    account = AlipayAccount("2021000000000001", "2088000000000001", PRIVATE, PUBLIC, "http://127.0.0.1:1/gateway.do")
    return replace(settings, payment_provider="alipay", alipay=account, public_url="https://shop.example")


def test_the_first_one_decides_for_good(sessions):
    with sessions() as session:
        assert agree(session, "sandbox")
        assert agree(session, "sandbox")
        with pytest.raises(WrongProvider, match="^PAYMENT_PROVIDER: is alipay, but .* is for sandbox;"):
            agree(session, "alipay")
        assert agree(session, "sandbox")


def test_a_command_decides_nothing(sessions):
    with sessions() as session:
        assert not agree(session, "sandbox", decide=False)
        assert agree(session, "alipay")
        assert agree(session, "alipay", decide=False)
        with pytest.raises(WrongProvider):
            agree(session, "sandbox", decide=False)


def test_of_those_that_start_together_one_decides(sessions):
    def start(provider: str) -> bool:
        with sessions() as session:
            return agree(session, provider)

    outcomes = at_once(*[lambda name=name: start(name) for name in ("sandbox", "alipay") * 3])
    assert [outcome is True for outcome in outcomes].count(True) == 3
    assert sum(isinstance(outcome, WrongProvider) for outcome in outcomes) == 3


def test_nobody_can_say_before_the_migrations_or_while_the_database_is_away(sessions):
    with sessions() as session:
        session.execute(text("DROP TABLE payment_provider"))
        session.commit()
        assert not agree(session, "sandbox")
    with open_sessions("postgresql://x:x@127.0.0.1:1/x")() as away:
        assert not agree_if_possible(away, "sandbox")


@pytest.mark.parametrize("arguments", [COMMAND, WEB], ids=["command", "web"])
@pytest.mark.processes
def test_a_process_for_another_provider_ends_with_one_line(settings, sessions, arguments):
    with sessions() as session:
        agree(session, "sandbox")
    done = run(settings, arguments, GOOD)
    assert done.returncode != 0
    assert done.stdout == ""
    said = [line for line in done.stderr.splitlines() if line.startswith("PAYMENT_PROVIDER: ")]
    assert said
    assert len(set(said)) == 1
    assert "Traceback" not in done.stderr


@pytest.mark.processes
def test_the_other_way_round_too(settings, sessions):
    with sessions() as session:
        agree(session, "alipay")
    done = run(settings, COMMAND, {"PAYMENT_PROVIDER": "sandbox"})
    assert (done.returncode != 0, done.stdout) == (True, "")
    assert done.stderr.startswith("PAYMENT_PROVIDER: is sandbox, but the database of DATABASE_URL is for alipay;")
    assert done.stderr.count("\n") == 1


@pytest.mark.processes
def test_a_database_of_ones_own_needs_the_provider_named(settings):
    environment = {name: value for name, value in os.environ.items() if name != "PAYMENT_PROVIDER"}
    environment |= {"DATABASE_URL": settings.database_url, "JWT_SECRET_KEY": settings.jwt_secret_key}
    done = subprocess.run([sys.executable, *COMMAND], env=environment, cwd=config.ROOT, capture_output=True, text=True)
    assert done.returncode != 0
    assert done.stderr.startswith("PAYMENT_PROVIDER: must be given")


def test_a_web_process_that_started_before_the_migrations_asks_later(live, u1, sessions):
    """It could not know at its start; it takes no order and no money now."""
    with sessions() as session:
        agree(session, "sandbox")
    app = create_app(live)
    buyer = shopper(app, "u1")
    try:
        for answer in (
            buyer.post("/orders/", {"pay_type": 0}),
            buyer.get("/payments/alipay/1/"),
            buyer.post("/payments/alipay/notify/", data={"sign": "x"}),
        ):
            assert (answer.status_code, answer.json["code"]) == (503, "wrong_provider")
        ready = buyer.get("/readyz")
        assert ready.status_code == 503
        assert "is for sandbox" in ready.json["detail"]
        assert buyer.get("/courses/").status_code == 200
    finally:
        close(app)


def test_everybody_is_told_that_it_is_a_sandbox(client, desk):
    assert client.get("/readyz").json["warnings"] == [config.SANDBOX_WARNING]
    assert client.get("/payments/provider/").json == {"name": "sandbox"}
    assert config.SANDBOX_WARNING in desk.get("/login/").text
    desk.log_in()
    assert config.SANDBOX_WARNING in desk.get("/orders/").text


def test_real_money_needs_no_warning(live, school_data):
    app = create_app(live)
    try:
        client = app.test_client()
        assert client.get("/readyz").json == {"status": "ok", "warnings": []}
        assert client.get("/payments/provider/").json == {"name": "alipay"}
        assert "PAYMENT_PROVIDER" not in Desk(client).get("/login/").text
        assert client.post("/sandbox/cashier/").status_code in (404, 405)
    finally:
        close(app)


@pytest.fixture
def desk(app, school_data) -> Desk:
    """A browser at the admin."""
    return Desk(app.test_client())
