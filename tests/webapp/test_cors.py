"""Pages of other origins."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from tests.conftest import close
from webapp import create_app

pytestmark = pytest.mark.attack

SHOP, STRANGER = "https://shop.example:8443", "https://stranger.example"
LOOPBACK = "http://[::1]:5173"


@pytest.fixture
def app(settings) -> Iterator[Flask]:
    app = create_app(replace(settings, cors_origins=(SHOP, LOOPBACK)))
    yield app
    close(app)


def words(answer, header: str) -> set[str]:
    return {word.strip().lower() for word in answer.headers[f"Access-Control-{header}"].split(",")}


@pytest.mark.parametrize(
    ("path", "method"),
    [("/users/login/", "POST"), ("/orders/7/", "PUT"), ("/orders/7/", "DELETE"), ("/users/me/", "PATCH")],
)
def test_a_preflight(client, path, method):
    asked = {
        "Origin": SHOP,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization,content-type,idempotency-key,last-event-id",
    }
    answer = client.options(path, headers=asked)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == SHOP
    assert method.lower() in words(answer, "Allow-Methods")
    assert {"authorization", "content-type", "idempotency-key", "last-event-id"} <= words(answer, "Allow-Headers")
    assert "origin" in words_of_vary(answer)


def words_of_vary(answer) -> set[str]:
    return {word.strip().lower() for word in answer.headers["Vary"].split(",")}


@pytest.mark.parametrize(
    ("path", "status"), [("/courses/", 200), ("/orders/list/", 401), ("/nothing", 404), ("/courses/?page=x", 422)]
)
def test_answers_and_errors_can_be_read(client, school_data, path, status):
    answer = client.get(path, headers={"Origin": SHOP})
    assert answer.status_code == status
    assert answer.headers["Access-Control-Allow-Origin"] == SHOP
    assert "retry-after" in words(answer, "Expose-Headers")
    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_each_origin_is_told_of_itself_alone(client):
    assert client.get("/healthz", headers={"Origin": LOOPBACK}).headers["Access-Control-Allow-Origin"] == LOOPBACK


def test_a_bug_can_be_read_as_well(app):
    @app.get("/test/bug/")
    def bug() -> None:
        raise RuntimeError("oops")

    answer = app.test_client().get("/test/bug/", headers={"Origin": SHOP})
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (500, SHOP)


def test_so_can_the_event_stream(u1):
    answer = u1.send("HEAD", "/orders/events/", headers={"Origin": SHOP})
    assert answer.headers["Access-Control-Allow-Origin"] == SHOP


@pytest.mark.parametrize(
    "origin", [STRANGER, SHOP + "0", "null", "https://shop.example", SHOP.upper(), "http://::5173"]
)
def test_other_origins_are_told_nothing(client, origin):
    for method in ("GET", "OPTIONS"):
        answer = client.open("/courses/", method=method, headers={"Origin": origin})
        assert not [name for name, _ in answer.headers if name.startswith("Access-Control-")]
        assert "origin" in words_of_vary(answer)  # a cache must not give this answer to the shop


def test_without_origins_nothing_is_said(settings):
    app = create_app(settings)
    answer = app.test_client().get("/healthz", headers={"Origin": SHOP})
    assert not [name for name, _ in answer.headers if name.startswith("Access-Control-")]
    assert "Vary" not in answer.headers
    close(app)
