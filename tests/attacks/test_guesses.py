"""Guessing is slow from one address and from many, and shuts nobody out but the guesser."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import sessionmaker

from shared.models import Order
from tests.conftest import close
from tests.desk import Desk
from tests.shop import shopper
from webapp import create_app


@pytest.fixture
def app(settings, school_data) -> Iterator[Flask]:
    """The web app with its limits on."""
    app = create_app(replace(settings, rate_limits=True))
    yield app
    close(app)
    create_app(settings)  # the limiter serves the app that was made last


def guess(client: FlaskClient, source: str, password: str = "wrong", username: str = "u1") -> int:
    """The answer to a log-in from that address."""
    body = {"username": username, "password": password}
    answer = client.post("/users/login/", json=body, environ_base={"REMOTE_ADDR": source})
    assert answer.status_code != 429 or int(answer.headers["Retry-After"]) > 0
    assert answer.status_code == 200 or answer.content_type == "application/problem+json"
    return answer.status_code


def knock(app: Flask, source: str, password: str = "wrong") -> int:
    """The answer to a member of the staff at the admin's door."""
    return Desk(app.test_client()).log_in(password=password, environ_base={"REMOTE_ADDR": source}).status_code


def test_a_stranger_shuts_nobody_out(client):
    assert {guess(client, "192.0.2.1") for _ in range(40)} == {401, 429}
    assert guess(client, "198.51.100.7", "secret-1") == 200


def test_a_stranger_shuts_no_member_of_the_staff_out(app):
    assert {knock(app, "192.0.2.1") for _ in range(15)} == {403, 429}
    assert knock(app, "198.51.100.7", "secret-3") == 303


def test_many_addresses_get_few_guesses_each(client):
    botnet = [f"192.0.2.{number}" for number in range(1, 41)]
    assert [guess(client, source) for source in botnet] == [401] * 30 + [429] * 10
    assert [guess(client, botnet[0]) for _ in range(5)] == [429] * 5
    assert guess(client, botnet[0], "secret-1") == 429, "after three wrong ones even the right one is not looked at"
    assert guess(client, "198.51.100.7", "secret-1") == 200
    assert guess(client, "198.51.100.7", "wrong") == 429
    assert guess(client, "198.51.100.7", "secret-1") == 200, "the owner may mistype"


def test_another_spelling_of_a_name_is_the_same_name(client):
    for number in range(30):
        guess(client, f"192.0.2.{number}", username=("u1", "U1", "ｕ1")[number % 3])
    assert guess(client, "192.0.2.99") == 429


def test_a_network_of_ipv6_counts_as_one_address(client):
    assert [guess(client, f"2001:db8::{number:x}") for number in range(11)] == [401] * 10 + [429]
    assert guess(client, "2001:db8:0:1::1") == 401


def test_right_passwords_are_never_counted(client, app):
    assert {guess(client, "192.0.2.1", "secret-1") for _ in range(40)} == {200}
    assert {knock(app, "192.0.2.2", "secret-3") for _ in range(40)} == {303}
    assert guess(client, "192.0.2.1", "secret-1") == 200


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/orders/{order}/recover/", 30),
        ("/orders/{order}/review/", 20),
        ("/coupons/1/claim/", 30),
        ("/users/refresh/", 60),
    ],
)
def test_what_one_user_may_do_over_and_over(app, path, most):
    u1, u2 = shopper(app, "u1"), shopper(app, "u2")
    path = path.format(order=u1.ordered(2)["id"])

    def go(user):
        headers = {"Authorization": f"Bearer {user.refresh_token}"} if "refresh" in path else {}
        return user.post(path, {"rating": 5, "content": "good"}, headers=headers)

    assert 429 not in {go(u1).status_code for _ in range(most)}
    refused = go(u1)
    assert (refused.status_code, refused.json["code"]) == (429, "too_many_requests")
    assert 1 <= int(refused.headers["Retry-After"]) <= 61
    assert go(u2).status_code != 429


def test_forged_notices_are_limited_and_the_providers_own_never_are(app, client, sessions: sessionmaker):
    u1 = shopper(app, "u1")
    order = u1.ordered(2)
    link = u1.get(f"/payments/alipay/{order['order_number']}/").json["link"]

    def forged(source: str) -> int:
        where = {"REMOTE_ADDR": source}
        return client.post("/payments/alipay/notify/", data={"sign": "x"}, environ_base=where).status_code

    assert [forged("192.0.2.1") for _ in range(301)] == [400] * 300 + [429]
    notices = []
    app.extensions["sandbox_delivery"] = lambda url, notice: notices.append(dict(notice))
    client.post(link[link.index("/sandbox/") :])
    where = {"REMOTE_ADDR": "198.51.100.7"}
    taken = {
        client.post("/payments/alipay/notify/", data=notices[0], environ_base=where).status_code for _ in range(310)
    }
    assert taken == {200}
    with sessions() as session:
        assert session.get_one(Order, order["id"]).order_number == order["order_number"]


def test_load_tests_can_lift_all_of_it(settings, school_data):
    app = create_app(replace(settings, rate_limits=False))
    client = app.test_client()
    assert {guess(client, "192.0.2.1") for _ in range(35)} == {401}
    close(app)
