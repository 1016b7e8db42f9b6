"""Whoever tries something leaves a trace, nobody rewrites it or drowns it, and staff cannot enrich themselves."""

import json
import logging
import re
from collections.abc import Iterator
from dataclasses import replace

import psycopg2
import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from config import ROOT
from shared.accounts import audit
from shared.accounts.audit import LONGEST, Action, Actor, Fact
from tests.audit import entries, last
from tests.conftest import administrate, close
from tests.coupons import make_coupon
from tests.desk import Desk
from tests.shop import shopper
from webapp import audit as web_audit
from webapp import create_app

SOURCE = {"REMOTE_ADDR": "192.0.2.1"}
BOSS = 3
CREDIT = text("SELECT credit FROM users WHERE id = :id")


@pytest.fixture
def desk(app, school_data) -> Desk:
    desk = Desk(app.test_client())
    assert desk.log_in().status_code == 303
    return desk


@pytest.fixture
def limited(settings, school_data) -> Iterator[Flask]:
    """The web app with its limits on."""
    app = create_app(replace(settings, rate_limits=True))
    yield app
    close(app)
    create_app(settings)  # the limiter serves the app that was made last


def log_in(client, username="u1", password="secret-1", source="192.0.2.1") -> int:
    body = {"username": username, "password": password}
    return client.post("/users/login/", json=body, environ_base={"REMOTE_ADDR": source}).status_code


def the_row(entry):
    return entry.actor, entry.actor_id, entry.address, entry.subject_kind, entry.subject_id


def test_a_login_good_or_refused_leaves_a_trace(client, sessions, school_data):
    assert log_in(client, password="wrong") == 401
    refused = last(sessions, "login_refused")
    assert the_row(refused) == ("u1", None, "192.0.2.1", "user", "1")
    assert refused.after == {"at": "/users/login/", "reason": "bad_credentials"}
    assert log_in(client) == 200
    assert the_row(last(sessions, "logged_in")) == ("u1", 1, "192.0.2.1", "user", "1")
    assert len(entries(sessions, "login_refused", "logged_in")) == 2


def test_so_does_a_knock_at_the_door_of_the_staff(app, sessions, school_data):
    assert Desk(app.test_client()).log_in(password="wrong", environ_base=SOURCE).status_code == 403
    assert the_row(last(sessions, "login_refused")) == ("boss", None, "192.0.2.1", "user", "3")
    assert last(sessions, "login_refused").after == {"at": "/admin/login/"}
    assert Desk(app.test_client()).log_in(username="u1", password="secret-1").status_code == 403, "no member of staff"
    assert Desk(app.test_client()).log_in().status_code == 303
    assert [entry.actor for entry in entries(sessions, "login_refused", "logged_in")] == ["boss", "u1", "boss"]
    assert last(sessions, "logged_in").after == {"in_admin": True}


def test_a_password_typed_as_a_name_is_not_kept(client, sessions, school_data):
    assert log_in(client, username="my secret password", password="u1") == 401
    assert the_row(last(sessions, "login_refused")) == ("", None, "192.0.2.1", "user", "")
    with sessions() as session:
        assert "my secret" not in str(session.execute(text("SELECT * FROM audit_log")).all())


def test_no_password_hash_token_or_secret_is_written(app, desk, u1, client, sessions, caplog):
    caplog.set_level(logging.INFO, "audit")
    passwords = ["a new password", "another password"]
    put = u1.put("/users/me/password/", json={"old_password": "secret-1", "new_password": passwords[0]})
    assert put.status_code == 204
    path = f"/users/reset-password/?id={u1.id}"
    assert desk.post(path, {"password": passwords[1]}, at=path).status_code == 303
    desk.get("/second-factor/")
    with sessions() as session:
        audit.record(session, Action.CHANGED, Fact("user", 1, {"password_hash": "x$1"}, {"token": "x$2"}))
        session.commit()
        secrets = session.scalars(text("SELECT secret FROM second_factors")).all()
        secrets += session.scalars(text("SELECT password_hash FROM users")).all()
        secrets += session.scalars(text("SELECT session_id FROM logins")).all()
        told = str(session.execute(text("SELECT * FROM audit_log")).all()) + str(
            [vars(each) for each in caplog.records]
        )
    assert len(entries(sessions, "password_changed")) == 2
    for secret in (*secrets, *passwords, u1.token, u1.refresh_token, "x$1", "x$2"):
        assert secret not in told


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_log SET actor = 'somebody else'",
        "UPDATE audit_log SET actor = 'x' WHERE false",
        "DELETE FROM audit_log",
        "TRUNCATE audit_log",
        "INSERT INTO audit_log (id, action) OVERRIDING SYSTEM VALUE VALUES (1, 'x')"
        " ON CONFLICT (id) DO UPDATE SET action = 'x'",
        "MERGE INTO audit_log USING (VALUES (1)) AS v (id) ON audit_log.id = v.id WHEN MATCHED THEN DELETE",
    ],
)
def test_nobody_rewrites_it_not_even_the_role_that_owns_the_database(client, sessions, school_data, statement):
    log_in(client, password="wrong")
    query = text("SELECT * FROM audit_log ORDER BY id")
    with sessions() as session:
        before = session.execute(query).all()
        assert before
        with pytest.raises(ProgrammingError, match="audit_log is refused: its rows are for good"):
            session.execute(text(statement))
        session.rollback()
        assert session.execute(query).all() == before


def test_the_application_drops_the_guard_only_as_the_owner_it_is(sessions):
    """What docs/audit.md admits, and why it describes an owner of its own."""
    with sessions() as session:
        session.execute(text("ALTER TABLE audit_log DISABLE TRIGGER audit_log_insert_only"))
        session.execute(text("DELETE FROM audit_log"))
        session.rollback()


def test_with_an_owner_of_its_own_the_application_cannot_drop_the_guard(postgres, sessions, database_url):
    """The statements of docs/audit.md."""
    name = database_url.rpartition("/")[2]
    administrate(postgres, "CREATE ROLE lapse_audit NOLOGIN")
    connection = psycopg2.connect(f"{postgres.superuser_url.rpartition('/')[0]}/{name}")
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statements_of_the_docs())
        with sessions() as session:
            for statement in (
                "ALTER TABLE audit_log DISABLE TRIGGER audit_log_insert_only",
                "DROP TABLE audit_log",
                "DELETE FROM audit_log",
                "TRUNCATE audit_log",
                "CREATE OR REPLACE FUNCTION refuse_to_rewrite() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END'",
                "ALTER TABLE audit_log OWNER TO lapse",
                "DROP SCHEMA public CASCADE",
            ):
                with pytest.raises(ProgrammingError, match="must be owner|permission denied"):
                    session.execute(text(statement))
                session.rollback()
            audit.record(session, Action.SWEEP_STARTED, Fact(), by=Actor("somebody"))
            session.commit()
        assert last(sessions, "sweep_started").actor == "somebody"
    finally:
        with connection, connection.cursor() as cursor:
            cursor.execute("REASSIGN OWNED BY lapse_audit TO lapse; DROP OWNED BY lapse_audit")
        connection.close()
        administrate(postgres, "DROP ROLE lapse_audit")


def statements_of_the_docs() -> str:
    found = re.search(r"```sql\n(.*?)```", (ROOT / "docs" / "audit.md").read_text(), re.DOTALL)
    assert found
    return found[1]


def test_staff_give_themselves_no_credit(desk, sessions):
    for amount in ("1000", "-5"):
        page = desk.post(f"/users/grant/?id={BOSS}", {"amount": amount, "note": "for me"}, environ_base=SOURCE)
        assert Desk.messages(page) == ["Nobody changes their own credit or coupons; ask a colleague."]
    with sessions() as session:
        assert session.scalar(CREDIT, {"id": BOSS}) == 0
    tries = entries(sessions, "own_account_refused")
    assert [the_row(each) for each in tries] == [("boss", BOSS, "192.0.2.1", "page", "/admin/users/grant/")] * 2
    assert entries(sessions, "credit_granted") == []


def test_staff_give_themselves_no_coupon_however_many_others_get_one(desk, sessions):
    coupon = make_coupon(sessions)
    page = desk.post("/user_coupons/new/", {"coupon": str(coupon), "usernames": "u1\nboss\nu2"})
    assert Desk.messages(page) == ["Nobody changes their own credit or coupons; ask a colleague."]
    with sessions() as session:
        given = text("SELECT count(*) FROM user_coupons WHERE coupon_id = :id")
        assert session.scalar(given, {"id": coupon}) == 0
    assert (len(entries(sessions, "own_account_refused")), entries(sessions, "coupon_given")) == (1, [])


def test_staff_do_not_revive_their_own_coupon(desk, sessions):
    coupon = make_coupon(sessions)
    with sessions.begin() as session:
        over = text("INSERT INTO user_coupons (user_id, coupon_id, expired_at) VALUES (3, :id, now()) RETURNING id")
        mine = session.scalar(over, {"id": coupon})
    assert "ask a colleague" in desk.act("user_coupons", "revive", mine)[0]
    page = desk.post(f"/user_coupons/edit/?id={mine}", {})
    assert "ask a colleague" in Desk.messages(page)[0]
    with sessions() as session:
        assert session.scalar(text("SELECT expired_at FROM user_coupons WHERE id = :id"), {"id": mine}) is not None


def test_who_is_no_staff_knocks_at_the_staffs_pages(u1, sessions):
    assert u1.post("/ops/timeouts/sweep/", environ_base=SOURCE).status_code == 403
    row = last(sessions, "staff_page_refused")
    assert the_row(row) == ("u1", u1.id, "192.0.2.1", "page", "/ops/timeouts/sweep/")
    assert entries(sessions, "sweep_started") == []


def test_a_forged_notice_leaves_a_trace_whatever_is_in_it(client, sessions):
    for trade in ("T\0" + "x" * 5000, "\ud800", ""):
        answer = client.post("/payments/alipay/notify/", data={"sign": "x", "trade_no": trade.encode(errors="replace")})
        assert answer.status_code == 400
    rows = entries(sessions, "notice_refused")
    assert len(rows) == 3
    assert rows[0].subject_id.startswith("T�xxx")
    assert len(rows[0].subject_id) == 150


def test_a_used_refresh_token_that_comes_again_is_told(u1, sessions):
    headers = {"Authorization": f"Bearer {u1.refresh_token}"}
    assert u1.post("/users/refresh/", headers=headers).status_code == 200
    with sessions.begin() as session:
        session.execute(text("UPDATE logins SET refreshed_at = now() - interval '1 minute'"))
    assert u1.post("/users/refresh/", headers=headers).status_code == 401
    assert last(sessions, "refresh_token_reused").subject_id == str(u1.id)


def test_wrong_guesses_at_ones_own_password(u1, sessions):
    put = u1.put("/users/me/password/", json={"old_password": "wrong", "new_password": "long enough"})
    assert put.json["code"] == "wrong_password"
    assert the_row(last(sessions, "password_change_refused"))[:2] == ("u1", u1.id)


def test_a_disabled_user_who_comes_with_their_password(desk, u1, client, sessions):
    desk.act("users", "disable", u1.id)
    assert log_in(client) == 403
    assert last(sessions, "login_refused").after["reason"] == "account_disabled"


def test_guesses_are_told_until_they_are_limited_and_then_once_a_minute(limited, sessions):
    client = limited.test_client()
    assert [log_in(client, password="wrong") for _ in range(30)] == [401] * 10 + [429] * 20
    assert len(entries(sessions, "login_refused")) == 10
    assert 1 <= len(entries(sessions, "guesses_limited")) <= 2  # where the minute turned in between
    assert last(sessions, "guesses_limited").actor == "u1"


def test_nobody_drowns_the_table_from_any_number_of_addresses(limited, sessions, monkeypatch, caplog):
    monkeypatch.setattr(web_audit, "OF_ALL", web_audit.parse("5/hour"))
    client = limited.test_client()
    for number in range(8):
        assert log_in(client, f"nobody {number}", "wrong", f"192.0.2.{number}") == 401
    assert len(entries(sessions, "login_refused")) == 5
    assert sum("too many to keep" in line for line in caplog.messages) == 3
    assert log_in(client) == 200
    assert len(entries(sessions, "logged_in")) == 1, "what was done is always told"


def test_nobody_drowns_it_from_one_address(limited, sessions):
    client = limited.test_client()
    for _ in range(40):
        client.post("/payments/alipay/notify/", data={"sign": "x"}, environ_base=SOURCE)
    assert 30 <= len(entries(sessions, "notice_refused")) <= 40


def test_texts_are_short_whoever_sends_them(sessions):
    long = "x" * 100_000
    with sessions() as session:
        fact = Fact(long, long, {"name": long}, {"name": f"{long}y", "ids": list(range(5000))})
        audit.record(session, Action.CHANGED, fact, by=Actor(long, 1, long))
        session.commit()
        size = session.scalar(text("SELECT pg_column_size(a.*) FROM audit_log a ORDER BY id DESC LIMIT 1"))
    row = last(sessions, "changed")
    assert len(row.after["name"]) == LONGEST == len(row.after["ids"])
    assert size < 6000


def test_what_was_rolled_back_is_told_nowhere(sessions, caplog):
    caplog.set_level(logging.INFO, "audit")
    with sessions() as session:
        audit.record(session, Action.USER_DISABLED, Fact("user", 1))
        session.rollback()
        audit.record(session, Action.USER_ENABLED, Fact("user", 1))
        assert caplog.messages == []
        session.commit()
    assert caplog.messages == ["user_enabled"]
    assert entries(sessions, "user_disabled") == []


def test_each_entry_is_a_line_of_json(sessions, capsys):
    web_audit.log_as_json()
    try:
        with sessions.begin() as session:
            told = Fact("user", 1, {"credit": 5}, {"credit": 7, "note": "line\nbreak 好"})
            audit.record(session, Action.CREDIT_GRANTED, told, by=Actor("boss", 3, "192.0.2.1"))
    finally:
        audit.log.handlers.clear()
        audit.log.setLevel(logging.NOTSET)
    line = json.loads(capsys.readouterr().err)
    assert (line["message"], line["name"], line["levelname"]) == ("credit_granted", "audit", "INFO")
    assert line["audit"]["actor"] == "boss"
    assert line["audit"]["after"] == {"credit": 7, "note": "line\nbreak 好"}


def test_refusals_are_answered_alike_when_they_cannot_be_kept(client, u1, sessions):
    """A table that is not there, say before the migration, stops nobody from being refused."""
    with sessions.begin() as session:
        session.execute(text("ALTER TABLE audit_log RENAME TO elsewhere"))
    assert log_in(client, password="wrong") == 401
    assert client.post("/payments/alipay/notify/", data={"sign": "x"}).status_code == 400
    assert u1.get("/ops/timeouts/").status_code == 403


def test_nothing_is_done_that_cannot_be_told(desk, u1, sessions):
    with sessions.begin() as session:
        session.execute(text("ALTER TABLE audit_log RENAME TO elsewhere"))
    assert desk.post(f"/users/grant/?id={u1.id}", {"amount": "5", "note": "n"}).status_code == 500
    with sessions() as session:
        assert session.scalar(CREDIT, {"id": u1.id}) == 500


def test_a_shopper_has_no_way_to_read_it(app, u1):
    assert u1.get("/admin/audit_log/").status_code == 303
    assert shopper(app, "u2").get("/admin/audit_log/details/?id=1").status_code == 303
