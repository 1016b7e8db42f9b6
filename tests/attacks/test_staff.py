"""The admin in the wrong hands: a password alone, a code seen over a shoulder, a cookie that is never given up."""

from dataclasses import replace
from time import time

import pyotp
import pytest
from sqlalchemy import select, text

from shared.models import SecondFactor, User
from tests.conftest import close
from tests.desk import Desk
from tests.shop import shopper
from webapp import create_app

BOSS = {"username": "boss", "password": "secret-3"}


@pytest.fixture
def desk(app, school_data) -> Desk:
    desk = Desk(app.test_client())
    assert desk.log_in().status_code == 303
    return desk


@pytest.fixture
def totp(desk, sessions) -> pyotp.TOTP:
    """The second factor that the boss has set up with the code of this half minute."""
    assert desk.get("/second-factor/").status_code == 200
    with sessions() as session:
        totp = pyotp.TOTP(session.scalars(select(SecondFactor.secret)).one())
    assert desk.post("/second-factor/", {"code": totp.now()}, at="/second-factor/").status_code == 303
    return totp


def next_code(totp: pyotp.TOTP) -> str:
    return totp.at(int(time()) + totp.interval)


def log_in(app, code: str):
    desk = Desk(app.test_client())
    return desk.post("/login/", BOSS | {"code": code}, at="/login/").status_code


def test_a_password_alone_opens_nothing(app, client, totp):
    assert log_in(app, "") == 403
    assert log_in(app, "000000" if next_code(totp) != "000000" else "000001") == 403
    refused = client.post("/users/login/", json=BOSS)
    assert (refused.status_code, refused.json["code"]) == (401, "second_factor_required")
    assert log_in(app, next_code(totp)) == 303


def test_a_code_without_the_password_is_not_used_up(app, client, totp):
    wrong = client.post("/users/login/", json=BOSS | {"password": "wrong", "code": next_code(totp)})
    assert wrong.json["code"] == "bad_credentials"
    assert client.post("/users/login/", json=BOSS | {"code": next_code(totp)}).status_code == 200


def test_a_code_is_good_once(app, client, totp):
    code = next_code(totp)
    assert client.post("/users/login/", json=BOSS | {"code": code}).status_code == 200
    assert client.post("/users/login/", json=BOSS | {"code": code}).status_code == 401
    assert log_in(app, code) == 403


def test_the_code_that_set_it_up_is_used_up_and_so_are_older_ones(app, totp):
    assert log_in(app, totp.now()) == 403
    assert log_in(app, totp.at(int(time()) - totp.interval)) == 403


def test_setting_it_up_ends_the_logins_without_it(app, desk, sessions):
    thief = Desk(app.test_client())
    assert thief.log_in().status_code == 303
    token = shopper(app, "boss")
    desk.get("/second-factor/")
    with sessions() as session:
        secret = session.scalars(select(SecondFactor.secret)).one()
    wrong = desk.post("/second-factor/", {"code": "1"}, at="/second-factor/")
    assert Desk.messages(wrong) == ["This is not the code."]
    desk.post("/second-factor/", {"code": pyotp.TOTP(secret).now()}, at="/second-factor/")
    assert thief.get("/").status_code == 303
    assert token.get("/users/me/").status_code == 401
    assert desk.get("/").status_code == 200


def test_nobody_sees_the_secret_again_nor_replaces_it(desk, totp):
    page = desk.get("/second-factor/")
    assert totp.secret not in page.text
    desk.post("/second-factor/", {"code": next_code(totp)}, at="/")
    assert "is set up" in desk.get("/second-factor/").text


def test_where_it_is_required_nothing_goes_without_it(settings, school_data):
    app = create_app(replace(settings, staff_second_factor=True))
    desk = Desk(app.test_client())
    desk.log_in()
    for path in ("/", "/users/", "/orders/"):
        answer = desk.get(path)
        assert (answer.status_code, answer.location) == (303, "/admin/second-factor/")
    refused = shopper(app, "boss").get("/ops/timeouts/")
    assert (refused.status_code, refused.json["code"]) == (403, "second_factor_missing")
    desk.get("/second-factor/")
    with app.app_context():
        from webapp.current import session

        secret = session().scalars(select(SecondFactor.secret)).one()
    desk.post("/second-factor/", {"code": pyotp.TOTP(secret).now()}, at="/second-factor/")
    assert desk.get("/").status_code == 200
    assert shopper(app, "boss").get("/ops/timeouts/").status_code == 200
    close(app)


def test_a_login_of_the_staff_ends_after_half_a_day_however_much_it_is_used(desk, sessions):
    with sessions.begin() as session:
        left = session.scalar(text("SELECT extract(epoch FROM expires_at - now()) FROM logins WHERE in_admin"))
        assert 11.9 * 3600 < left <= 12 * 3600
        session.execute(text("UPDATE logins SET expires_at = now()"))
    assert desk.get("/").status_code == 303


@pytest.mark.parametrize("said", [{"user": 3, "sid": "a\0b"}, {"user": True, "sid": 1}, {"user": "\0", "sid": "x"}, {}])
def test_a_cookie_of_any_shape_is_nobodys(app, school_data, said):
    """Also from somebody who knows the key."""
    client = app.test_client()
    with client.session_transaction("/admin/") as session:
        session.update(said)
    assert client.get("/admin/users/").status_code == 303


def test_the_cookie_of_the_admin_is_one_of_the_logins(app, desk):
    boss = shopper(app, "boss")
    assert [login["admin"] for login in boss.get("/users/me/sessions/").json] == [False, True]
    assert boss.delete("/users/me/sessions/").status_code == 204
    assert desk.get("/").status_code == 303


def test_staff_disable_users_and_give_them_passwords(desk, u1, client):
    assert "1 disabled." in desk.act("users", "disable", u1.id)
    assert u1.get("/users/me/").status_code == 401
    assert "1 enabled." in desk.act("users", "enable", u1.id)
    path = f"/users/reset-password/?id={u1.id}"
    bad = desk.post(path, {"password": "password1"}, at=path)
    assert Desk.errors(bad) == ["Is one of the most common passwords."]
    assert desk.post(path, {"password": "a good one"}, at=path).status_code == 303
    assert client.post("/users/login/", json={"username": "u1", "password": "secret-1"}).status_code == 401
    assert client.post("/users/login/", json={"username": "u1", "password": "a good one"}).status_code == 200


def test_staff_cannot_take_over_or_shut_out_other_staff(desk, client, sessions):
    with sessions() as session:
        boss = session.scalars(select(User.id).where(User.username == "boss")).one()
    assert any("command line" in message for message in desk.act("users", "disable", boss))
    path = f"/users/reset-password/?id={boss}"
    assert desk.post(path, {"password": "a good one"}).status_code == 302
    assert client.post("/users/login/", json=BOSS).status_code == 200


def test_the_lost_app_is_helped_on_the_command_line(app, client, totp):
    runner = app.test_cli_runner()
    assert runner.invoke(args=["users", "reset-second-factor", "boss"]).exit_code == 0
    assert client.post("/users/login/", json=BOSS).status_code == 200
    assert runner.invoke(args=["users", "reset-password", "boss", "--password", "short"]).exit_code == 1
    assert runner.invoke(args=["users", "reset-password", "boss", "--password", "a good one"]).exit_code == 0
    assert client.post("/users/login/", json=BOSS).status_code == 401
    assert runner.invoke(args=["users", "disable", "nobody"]).exit_code == 1
