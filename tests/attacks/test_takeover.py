"""Taking over an account: stolen and used tokens, guessed passwords, names that look like another's."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import text, update

from shared.models import Login, User
from tests.conftest import close
from tests.shop import shopper
from webapp import create_app

PASSWORD = "horse battery"
AGES = "UPDATE logins SET refreshed_at = refreshed_at - interval '1 minute'"


def refresh(client, token):
    return client.post("/users/refresh/", headers={"Authorization": f"Bearer {token}"})


def works(client, token):
    return client.get("/users/me/", headers={"Authorization": f"Bearer {token}"}).status_code == 200


def run(sessions, statement):
    with sessions.begin() as session:
        session.execute(text(statement))


def test_a_used_refresh_token_ends_the_login_of_thief_and_victim(u1, sessions):
    stolen = u1.refresh_token
    victims = refresh(u1.client, stolen).json
    run(sessions, AGES)
    assert refresh(u1.client, stolen).status_code == 401
    assert not works(u1.client, victims["token"])
    assert not works(u1.client, u1.token)
    assert refresh(u1.client, victims["refresh_token"]).status_code == 401


def test_two_tabs_may_refresh_at_once(app, u1):
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: refresh(app.test_client(), u1.refresh_token), range(4)))
    assert {answer.status_code for answer in answers} == {200}
    for answer in answers:
        assert works(u1.client, answer.json["token"])
        assert refresh(u1.client, answer.json["refresh_token"]).status_code == 200


def test_the_grace_is_for_the_last_token_alone(u1):
    first = refresh(u1.client, u1.refresh_token).json
    refresh(u1.client, first["refresh_token"])
    assert refresh(u1.client, u1.refresh_token).status_code == 401
    assert not works(u1.client, first["token"])


def test_who_changes_the_password_shuts_the_thief_out(app, u1, sessions):
    thief = shopper(app, "u1")
    changed = u1.put("/users/me/password/", json={"old_password": "secret-1", "new_password": PASSWORD})
    assert changed.status_code == 204
    assert works(u1.client, u1.token)
    assert refresh(u1.client, u1.refresh_token).status_code == 200
    assert not works(u1.client, thief.token)
    assert refresh(u1.client, thief.refresh_token).status_code == 401


def test_a_thief_with_a_token_does_not_get_the_password(u1):
    refused = u1.put("/users/me/password/", json={"old_password": "secret-2", "new_password": PASSWORD})
    assert (refused.status_code, refused.json["code"]) == (400, "wrong_password")
    assert u1.client.post("/users/login/", json={"username": "u1", "password": "secret-1"}).status_code == 200


def test_a_login_that_was_under_way_does_not_outlive_a_change_of_password(app, u1, sessions):
    """The password is right when it is checked, and another before the login begins."""
    from shared.accounts import logins
    from webapp import auth
    from webapp.current import session

    with app.app_context():
        user = session().get_one(User, u1.id)
        with sessions.begin() as elsewhere:
            elsewhere.execute(update(User).where(User.id == u1.id).values(password_hash="another"))
        with pytest.raises(logins.NotAllowed):
            auth.begin(user, auth.tokens.REFRESH_LIFETIME)


def test_guesses_at_ones_own_password_are_limited(settings, school_data):
    app = create_app(replace(settings, rate_limits=True))
    thief, body = shopper(app, "u1"), {"old_password": "a guess", "new_password": PASSWORD}
    assert [thief.put("/users/me/password/", json=body).status_code for _ in range(11)] == [400] * 10 + [429]
    create_app(settings)  # the limiter serves the app that was made last
    close(app)


@pytest.mark.parametrize("bad", ["1234567", "passw0rd", "Password1", "QWERTYUIOP", "ＵＳＥＲ－one-1", "user-ONE-1"])
def test_passwords_that_are_guessed_first(client, app, bad):
    body = {"username": "user-one-1", "password": PASSWORD}
    registered = client.post("/users/register/", json=body | {"password": bad})
    assert registered.status_code == 422
    assert list(registered.json["errors"]) == ["password"]
    assert client.post("/users/register/", json=body).status_code == 201
    changed = shopper(app, "user-one-1").put(
        "/users/me/password/", json={"old_password": PASSWORD, "new_password": bad}
    )
    assert changed.status_code == 422
    assert list(changed.json["errors"]) == ["new_password"]


@pytest.mark.parametrize(
    "alike", ["ALICE", "Ａｌｉｃｅ", "alice\u3164", "ali\ufe0fce", "𝒜lice", "ali\u115fce", "\u24d0lice"]
)
def test_names_that_look_like_anothers(client, alike):
    assert client.post("/users/register/", json={"username": "Alice", "password": PASSWORD}).status_code == 201
    refused = client.post("/users/register/", json={"username": alike, "password": PASSWORD})
    assert (refused.status_code, refused.json["code"]) == (409, "username_taken")


@pytest.mark.parametrize("unreadable", ["\u3164", "\ufdfa" * 50, "a\u200bb", "a\u202eb"])
def test_names_that_nobody_can_read(client, unreadable):
    refused = client.post("/users/register/", json={"username": unreadable, "password": PASSWORD})
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["username"])


def test_logins_of_others_can_neither_be_seen_nor_ended(app, u1, u2):
    [mine] = u1.get("/users/me/sessions/").json
    assert mine["id"] not in [login["id"] for login in u2.get("/users/me/sessions/").json]
    assert u2.delete(f"/users/me/sessions/{mine['id']}/").status_code == 404
    assert u2.delete("/users/me/sessions/").status_code == 204
    assert works(u1.client, u1.token)
    assert not works(u2.client, u2.token)


def test_who_is_disabled_is_out_at_once_and_stays_out(app, u1, sessions):
    runner = app.test_cli_runner()
    assert runner.invoke(args=["users", "disable", "u1"]).exit_code == 0
    assert not works(u1.client, u1.token)
    assert refresh(u1.client, u1.refresh_token).status_code == 401
    body = {"username": "u1", "password": "secret-1"}
    refused = u1.client.post("/users/login/", json=body)
    assert (refused.status_code, refused.json["code"]) == (403, "account_disabled")
    wrong = u1.client.post("/users/login/", json=body | {"password": "a guess"})
    assert (wrong.status_code, wrong.json["code"]) == (401, "bad_credentials"), "tells nobody else"
    assert runner.invoke(args=["users", "enable", "u1"]).exit_code == 0
    assert u1.client.post("/users/login/", json=body).status_code == 200


def test_a_login_that_slipped_past_a_disabling_is_worth_nothing(u1, sessions):
    with sessions.begin() as session:
        session.execute(update(User).values(is_disabled=True))
    assert not works(u1.client, u1.token)


def test_a_login_ends_when_its_time_is_over(u1, sessions):
    with sessions.begin() as session:
        session.execute(update(Login).values(expires_at=text("now() - interval '1 second'")))
    assert not works(u1.client, u1.token)
