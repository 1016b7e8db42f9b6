"""A store that is down, or takes connections and says nothing: an answer within five seconds all the same."""

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import text

from lapse import timers
from shared.coupons import wallet
from shared.stores import redis_keys
from shared.timeouts import OF_ORDERS
from tests.conftest import close
from tests.processes import paused
from tests.shop import Shopper, shopper
from webapp import create_app, current, database

SCALE = 0.2
LONGEST = 5.0 * SCALE  # seconds: the contract's five, as the waits of `quick` are those of production
HANGS = 60.0  # seconds, where the question is not how soon
DOWN, SILENT = "down", "silent"


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """All waits are a fifth of what they are in production."""
    monkeypatch.setattr(current, "REDIS_TIMEOUT", current.REDIS_TIMEOUT * SCALE)
    monkeypatch.setattr(database, "REQUEST_SECONDS", database.REQUEST_SECONDS * SCALE)


@pytest.fixture
def dead_port(request) -> Iterator[int]:
    """A port where nothing listens, or one that takes connections and never answers."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
        if request.param == SILENT:
            yield port
            return
    yield port


@contextmanager
def within(seconds: float) -> Iterator[None]:
    start = time.monotonic()
    yield
    assert time.monotonic() - start < seconds


@pytest.fixture
def without_redis(settings, dead_port, school_data) -> Iterator[Shopper]:
    app = create_app(replace(settings, redis_url=f"redis://127.0.0.1:{dead_port}/0"))
    yield shopper(app, "u1")
    close(app)


@pytest.mark.parametrize("dead_port", [DOWN, SILENT], indirect=True)
def test_without_redis_the_shop_goes_on(without_redis, sessions, redis):
    u1 = without_redis
    for course_id in (2, 3):
        with within(LONGEST):
            assert u1.post("/cart/", {"course_id": course_id}).status_code == 201
    with within(LONGEST):
        assert u1.patch("/cart/3/", {"selected": False}).status_code == 200
    coupon = next(iter(u1.wallet()))
    with within(LONGEST):
        placed = u1.post("/orders/", {"pay_type": 0, "user_coupon_id": coupon, "credit": 10})
    assert placed.status_code == 201
    with within(LONGEST):
        assert [item["course_id"] for item in u1.get("/cart/").json["items"]] == [3]
    assert coupon not in u1.wallet()
    path = f"/orders/{placed.json['id']}/"
    assert u1.get(path).json["order_status"] == 0

    with sessions() as session:  # as the listener does when Redis is back
        timers.arm(session, redis, OF_ORDERS, [placed.json["id"]])
        wallet.project_pending(session, redis)
    assert redis.exists(redis_keys.order_timer(placed.json["id"]))

    with within(LONGEST):
        assert u1.put(path).json["order_status"] == 2
    assert coupon in u1.wallet()
    with within(LONGEST):
        ready = u1.client.get("/readyz")
    assert (ready.status_code, ready.json["code"]) == (503, "not_ready")
    assert "Redis" in ready.json["detail"]
    assert "PostgreSQL" not in ready.json["detail"]
    assert u1.client.get("/healthz").json == {"status": "ok"}


def test_redis_falling_silent_in_the_middle(u1, valkey):
    u1.post("/cart/", {"course_id": 2})
    with paused(valkey.pid):
        with within(LONGEST):
            assert u1.post("/orders/", {"pay_type": 0}).status_code == 201
        with within(LONGEST):
            assert u1.get("/cart/").json["items"] == []


def test_a_restart_of_redis_is_not_noticed(u1, valkey):
    u1.post("/cart/", {"course_id": 2})
    valkey.restart()
    assert u1.post("/cart/", {"course_id": 3}).status_code == 201
    assert [item["course_id"] for item in u1.get("/cart/").json["items"]] == [2, 3]


@pytest.mark.parametrize("dead_port", [DOWN, SILENT], indirect=True)
def test_without_postgresql_it_says_so(settings, dead_port, u1):
    url = settings.database_url.rpartition("@")[0] + f"@127.0.0.1:{dead_port}/lapse"
    app = create_app(replace(settings, database_url=url))
    client = app.test_client()
    headers = {"Authorization": f"Bearer {u1.token}"}
    for method, path in (("GET", "/courses/"), ("GET", "/orders/list/"), ("POST", "/orders/"), ("GET", "/cart/")):
        with within(LONGEST):
            answer = client.open(path, method=method, headers=headers, json={"pay_type": 0})
        assert (answer.status_code, answer.json["code"]) == (503, "store_unavailable")
        assert answer.content_type == "application/problem+json"
    with within(LONGEST):
        ready = client.get("/readyz")
    assert (ready.status_code, "PostgreSQL" in ready.json["detail"]) == (503, True)
    close(app)


@pytest.mark.parametrize("dead_port", [DOWN, SILENT], indirect=True)
def test_a_command_without_postgresql_ends_with_a_line(settings, dead_port, monkeypatch):
    monkeypatch.setattr(database, "CONNECT_TIMEOUT", 0.5)
    url = settings.database_url.rpartition("@")[0] + f"@127.0.0.1:{dead_port}/lapse"
    app = create_app(replace(settings, database_url=url))
    with within(LONGEST):
        done = app.test_cli_runner().invoke(args=["orders", "status"])
    assert (done.exit_code, len(done.stderr.splitlines())) == (1, 1)
    assert done.stderr.startswith("Error: PostgreSQL: ")
    close(app)


def test_postgresql_falling_silent_and_coming_back(u1, sessions, postgres):
    assert u1.get("/users/me/").status_code == 200
    with sessions() as session:
        backends = session.connection().exec_driver_sql(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        pids = [row.pid for row in backends]
    with ExitStack() as stack:
        for pid in (postgres.pid, *pids):
            stack.enter_context(paused(pid))
        with within(LONGEST):
            assert u1.get("/users/me/").status_code == 503
    assert u1.get("/users/me/").status_code == 200


def test_a_lock_that_is_held_for_long_is_no_reason_to_hang(u1, sessions):
    order = u1.ordered(2)
    with sessions.begin() as session:
        session.connection().exec_driver_sql("SELECT FROM orders FOR UPDATE")
        with within(LONGEST):
            assert u1.put(f"/orders/{order['id']}/").status_code == 503
    assert u1.put(f"/orders/{order['id']}/").status_code == 200


def test_more_requests_at_once_than_connections(app, u1, monkeypatch):
    monkeypatch.setattr(database, "REQUEST_SECONDS", HANGS)
    with ThreadPoolExecutor(40) as threads:
        answers = list(threads.map(lambda _: shopper(app, "u1").get("/orders/list/"), range(80)))
    assert {answer.status_code for answer in answers} == {200}


def test_a_connection_lost_after_the_answer_was_made_does_not_spoil_it(app, u1, sessions):
    def lose(response):
        others = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        with sessions() as session:
            session.execute(text(f"{others} AND datname = current_database()"))
        return response

    app.after_request_funcs.setdefault(None, []).insert(0, lose)  # the last to run
    assert u1.get("/orders/list/").status_code == 200
    app.after_request_funcs[None].remove(lose)
    assert u1.get("/orders/list/").status_code == 200
