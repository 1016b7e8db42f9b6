"""Rate limits, what they leave alone, and the turns that requests and passwords take."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from threading import Thread

import pytest
import time_machine
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from shared.stores import redis_keys
from tests.conftest import close
from tests.processes import paused
from tests.shop import Shopper, shopper
from webapp import concurrency, create_app, passwords, rate_limits

pytestmark = pytest.mark.attack


@pytest.fixture
def app(settings) -> Iterator[Flask]:
    """The web app with its limits on."""
    app = create_app(replace(settings, rate_limits=True))
    yield app
    close(app)


@pytest.fixture(params=["down", "silent"])
def without_redis(request, settings, school_data) -> Iterator[Shopper]:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
        if request.param == "down":
            server.close()
        app = create_app(replace(settings, rate_limits=True, redis_url=f"redis://127.0.0.1:{port}/0"))
        yield shopper(app, "u1")
        close(app)


def log_in(client: FlaskClient, username: str, password: str) -> TestResponse:
    return client.post("/users/login/", json={"username": username, "password": password})


def is_limited(answer: TestResponse) -> bool:
    """Whether it is the problem, in full."""
    if answer.status_code != 429:
        return False
    assert answer.content_type == "application/problem+json"
    assert answer.json["code"] == "too_many_requests"
    assert 1 <= int(answer.headers["Retry-After"]) <= 61
    return True


def test_guesses_at_one_name(client, school_data, redis):
    for _ in range(10):
        assert log_in(client, "u1", "wrong").status_code == 401
    assert is_limited(log_in(client, "u1", "wrong"))
    assert is_limited(log_in(client, "u1", "secret-1"))
    assert log_in(client, "nobody", "wrong").status_code == 401
    redis.flushall()  # as the minute does
    assert log_in(client, "u1", "secret-1").status_code == 200


def test_guesses_from_one_address(client, school_data):
    for number in range(30):
        assert log_in(client, f"name-{number}", "wrong").status_code == 401
    assert is_limited(log_in(client, "another", "wrong"))
    elsewhere = {"REMOTE_ADDR": "192.0.2.1"}
    body = {"username": "another", "password": "wrong"}
    assert client.post("/users/login/", json=body, environ_base=elsewhere).status_code == 401


def test_logins_that_succeed_are_no_guesses(client, school_data):
    assert {log_in(client, "u1", "secret-1").status_code for _ in range(31)} == {200}


@pytest.mark.parametrize("name", ["用户/1", "a:b{c}", "x" * 150])
def test_any_name_can_be_counted(client, name):
    assert [log_in(client, name, "wrong").status_code for _ in range(11)] == [401] * 10 + [429]


def test_registrations_from_one_address(client):
    for number in range(20):
        body = {"username": f"new-{number}", "password": "a good one"}
        assert client.post("/users/register/", json=body).status_code == 201
    assert is_limited(client.post("/users/register/", json={"username": "one-more", "password": "a good one"}))


def test_orders_of_one_user(client, u1, u2):
    assert {u1.post("/orders/", {"pay_type": 0}).status_code for _ in range(30)} == {400}
    assert is_limited(u1.post("/orders/", {"pay_type": 0}))
    assert u2.post("/orders/", {"pay_type": 0}).status_code == 400
    assert client.post("/orders/", json={"pay_type": 0}).status_code == 401


def test_everything_else_is_as_often_as_one_likes(u1):
    assert {u1.get("/orders/list/").status_code for _ in range(130)} == {200}


def test_without_redis_a_process_counts_for_itself_and_nobody_waits(without_redis):
    start = time.monotonic()
    client = without_redis.client
    assert [log_in(client, "u1", "wrong").status_code for _ in range(11)] == [401] * 10 + [429]
    assert is_limited(log_in(client, "u1", "wrong"))
    assert {log_in(client, "u2", "secret-2").status_code for _ in range(24)} == {200}
    assert time.monotonic() - start < 36 * rate_limits.TIMEOUT


def test_redis_falls_silent_and_is_found_again(client, school_data, redis, valkey):
    with paused(valkey.pid):
        assert log_in(client, "u1", "wrong").status_code == 401
    redis.flushall()
    with time_machine.travel(time.time() + 60):
        assert log_in(client, "u1", "wrong").status_code == 401
        assert redis.keys(redis_keys.limit("*u1*"))


def test_redis_falling_silent_within_a_request_is_no_bug(app, redis, valkey):
    def pause(_: object) -> None:
        os.kill(valkey.pid, signal.SIGSTOP)

    @app.get("/test/limited/")
    @rate_limits.limiter.limit("2/minute", on_breach=pause)
    @rate_limits.limiter.limit("1000/minute", deduct_when=lambda _: pause(_) or True)
    def limited() -> str:
        return "served"

    try:
        assert app.test_client().get("/test/limited/").status_code == 200  # nobody could deduct it
        os.kill(valkey.pid, signal.SIGCONT)
        assert app.test_client().get("/test/limited/").status_code == 200
        os.kill(valkey.pid, signal.SIGCONT)
        assert is_limited(app.test_client().get("/test/limited/"))  # and nobody can tell for how long
    finally:
        os.kill(valkey.pid, signal.SIGCONT)


def test_a_password_is_checked_while_others_are_served(client, monkeypatch):
    slow = PasswordHasher(time_cost=100, memory_cost=19_456, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", slow)
    hashing = Thread(target=passwords.hash_password, args=("secret",))
    hashing.start()
    assert client.get("/healthz").status_code == 200
    assert hashing.is_alive()
    hashing.join()


def test_who_gets_no_turn_is_told_so_in_time(monkeypatch, settings):
    monkeypatch.setattr(concurrency, "SLOTS", 1)
    monkeypatch.setattr(concurrency, "REQUEST_SECONDS", 0.05)
    app = create_app(settings)

    @app.get("/test/occupied/")
    def occupied() -> list[int]:
        others = [app.test_client().get(path) for path in ("/courses/", "/healthz")]
        assert (others[0].json["code"], others[0].headers["Retry-After"]) == ("busy", "1")
        return [other.status_code for other in others]

    assert app.test_client().get("/test/occupied/").json == [503, 200]
    assert app.test_client().get("/courses/").status_code == 200
    close(app)
