"""One's password and one's logins."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select, text

from shared.models import Login
from tests.shop import shopper

PASSWORD = "horse battery"


def test_a_password_is_changed(client, u1):
    changed = u1.put("/users/me/password/", json={"old_password": "secret-1", "new_password": PASSWORD})
    assert (changed.status_code, changed.data) == (204, b"")
    old, new = (
        client.post("/users/login/", json={"username": "u1", "password": password}).status_code
        for password in ("secret-1", PASSWORD)
    )
    assert (old, new) == (401, 200)


def test_ones_logins_say_where_they_began(client, u1):
    agent = {"User-Agent": "Firefox on the train"}
    body = {"username": "u1", "password": "secret-1"}
    token = client.post("/users/login/", json=body, headers=agent).json["token"]
    newest, first = u1.get("/users/me/sessions/").json
    assert set(newest) == {"id", "created_time", "last_seen", "address", "user_agent", "admin", "current"}
    assert (newest["address"], newest["user_agent"], newest["admin"]) == ("127.0.0.1", "Firefox on the train", False)
    assert (newest["current"], first["current"]) == (False, True)
    assert datetime.now(UTC) - datetime.fromisoformat(newest["created_time"]) < timedelta(minutes=5)
    other = client.get("/users/me/sessions/", headers={"Authorization": f"Bearer {token}"}).json
    assert [login["current"] for login in other] == [True, False]


def test_what_a_browser_calls_itself_is_kept_as_far_as_it_goes(client, u1):
    for agent in ("x" * 5000, "\x80\xff", ""):
        body = {"username": "u1", "password": "secret-1"}
        assert client.post("/users/login/", json=body, headers={"User-Agent": agent}).status_code == 200
    assert [login["user_agent"] for login in u1.get("/users/me/sessions/").json[:3]] == ["", "�ÿ", "x" * 255]


def test_use_is_noted_now_and_then(u1, sessions):
    with sessions.begin() as session:
        session.execute(text("UPDATE logins SET last_seen_at = now() - interval '6 minutes'"))
    u1.get("/cart/")
    with sessions() as session:
        [noted] = session.scalars(select(Login.last_seen_at)).all()
    assert datetime.now(UTC) - noted < timedelta(minutes=5)
    u1.get("/cart/")
    with sessions() as session:
        assert session.scalars(select(Login.last_seen_at)).all() == [noted], "not with every request"


def test_one_login_is_ended_and_then_all(app, u1):
    here, there = shopper(app, "u1"), shopper(app, "u1")
    newest = u1.get("/users/me/sessions/").json[0]["id"]
    assert u1.delete(f"/users/me/sessions/{newest}/").status_code == 204
    assert u1.delete(f"/users/me/sessions/{newest}/").status_code == 404
    assert [user.get("/users/me/").status_code for user in (u1, here, there)] == [200, 200, 401]
    assert u1.delete("/users/me/sessions/").status_code == 204
    assert [user.get("/users/me/").status_code for user in (u1, here)] == [401, 401]


def test_logins_whose_time_is_over_are_swept_away_by_the_next(app, u1, sessions):
    with sessions.begin() as session:
        session.execute(text("UPDATE logins SET expires_at = now() - interval '1 second'"))
    shopper(app, "u2")
    with sessions() as session:
        assert len(session.scalars(select(Login.id)).all()) == 1
