"""What comes over an event stream, and what does not."""

from dataclasses import replace
from datetime import timedelta

import pytest
from flask_jwt_extended import create_access_token, decode_token
from sqlalchemy import select
from sqlalchemy.orm import Session

from embedded.process import free_port
from shared.accounts.credit import grant
from shared.models import User
from shared.stores import events
from tests.conftest import close
from tests.shop import shopper
from tests.streams.conftest import eventually
from tests.streams.listener import Listener
from webapp import create_app
from webapp.database import db
from webapp.streams import event_log
from webapp.streams import hub as hub_module
from webapp.streams import stream as stream_module

NEVER = 3600.0  # seconds


def staff(session: Session) -> int:
    """Who may give others credit."""
    return session.scalars(select(User.id).where(User.is_staff)).one()


@pytest.fixture
def unwatched(monkeypatch):
    """A reader that does not look by itself."""
    monkeypatch.setattr(hub_module, "PATROL", NEVER)


@pytest.fixture
def watchful(monkeypatch):
    """A reader that looks by itself all the time."""
    monkeypatch.setattr(hub_module, "TICK", 0.05)
    monkeypatch.setattr(hub_module, "PATROL", 0.05)


def test_it_begins_at_once_and_is_not_to_be_kept(listen, u1):
    stream = listen(u1)
    assert stream.status == 200
    assert stream.response.headers["Content-Type"] == "text/event-stream"
    assert stream.response.headers["Cache-Control"] == "no-store"
    assert stream.response.headers["X-Accel-Buffering"] == "no"
    retry, comment = stream.greeting()
    assert 1000 <= int(retry.removeprefix("retry: ")) <= 3000
    assert comment.startswith(": ")


def test_each_change_comes_as_it_happens(listen, u1, unwatched, subscribed):
    stream = listen(u1)
    subscribed()
    coupon = next(iter(u1.wallet()))
    order = u1.ordered(2, user_coupon_id=coupon, credit=10)
    heard = stream.hear()
    assert heard.event == "order"
    assert heard.data == {
        "id": order["id"],
        "order_number": order["order_number"],
        "order_status": 0,
        "kind": "status",
        "credit": order["credit"],
        "coupon": {name: order["coupon"][name] for name in ("id", "name")} if order["coupon"] else {},
        "expires_at": order["expires_at"],
        "at": heard.data["at"],
    }
    u1.put(f"/orders/{order['id']}/")
    cancelled = stream.hear()
    assert (cancelled.data["order_status"], cancelled.id > heard.id) == (2, True)


def test_credit_from_staff_comes_as_it_is_given(listen, u1, sessions, redis, unwatched, subscribed):
    with sessions.begin() as session:
        grant(session, u1.id, 7, "before anybody listens", staff(session))
    stream = listen(u1)
    subscribed()
    order = u1.ordered(2, credit=10)
    assert stream.hear().event == "order"
    with sessions.begin() as session:
        grant(session, u1.id, 100, "welcome", staff(session))
    events.announce(redis, [u1.id])
    heard = stream.hear()
    assert (heard.event, heard.data) == ("account", {"credit": 597})
    u1.put(f"/orders/{order['id']}/")
    assert stream.hear().event == "order", "the grant is told once"


def test_a_reminder_is_told_as_one(listen, u1, append, redis, subscribed):
    order = u1.ordered(2)
    stream = listen(u1)
    subscribed()
    append(order, kind="reminder")
    events.announce(redis, [u1.id])
    assert stream.hear().data["kind"] == "reminder"


def test_it_resumes_after_the_last_event_that_was_heard(listen, u1, append):
    order = u1.ordered(2)
    first, second, third = append(order, 3)
    assert listen(u1, Last_Event_ID=str(first)).hear().id == second
    assert listen(u1, path=f"/orders/events/?last_event_id={second}").hear().id == third
    both = listen(u1, path="/orders/events/?last_event_id=0", Last_Event_ID=str(second))
    assert both.hear().id == third


def test_a_long_replay_is_complete_and_in_order(listen, u1, append, unwatched):
    order = u1.ordered(2)
    ids = append(order, 3 * event_log.CHUNK + 1)
    stream = listen(u1, Last_Event_ID=str(ids[0] - 1))
    assert [stream.hear().id for _ in ids] == ids


@pytest.mark.parametrize("header", ["", "x", "-1", "1.5", "9" * 30, str(10**17), "١"])
def test_what_no_event_has_for_an_id_means_from_now_on(port, listen, u1, header, subscribed):
    u1.ordered(2)
    stream = listen(u1, Last_Event_ID=header.encode().decode("latin-1"))
    subscribed()
    order = u1.ordered(3)
    assert stream.hear().data["id"] == order["id"]


@pytest.mark.parametrize("value", ["x", "-1", "1.5", "9" * 30, ""])
def test_a_query_that_is_no_id_is_refused(u1, value):
    answer = u1.get(f"/orders/events/?last_event_id={value}")
    assert (answer.status_code, list(answer.json["errors"])) == (422, ["last_event_id"])


@pytest.mark.attack
def test_nobody_without_a_token(client, school_data):
    answer = client.get("/orders/events/?last_event_id=x")
    assert (answer.status_code, answer.content_type) == (401, "application/problem+json")


def test_head_opens_no_stream(u1, hub):
    answer = u1.send("HEAD", "/orders/events/")
    assert (answer.status_code, answer.content_type) == (200, "text/event-stream")
    assert hub.count == 0


def test_every_tab_hears_everything(listen, u1, subscribed):
    tabs = [listen(u1), listen(u1)]
    subscribed()
    order = u1.ordered(2)
    u1.put(f"/orders/{order['id']}/")
    heard = [[tab.hear() for _ in range(2)] for tab in tabs]
    assert heard[0] == heard[1]
    assert [event.data["order_status"] for event in heard[0]] == [0, 2]


@pytest.mark.attack
def test_nobody_hears_of_others(listen, u1, u2, redis, subscribed):
    theirs = u1.ordered(2)
    stream = listen(u2, Last_Event_ID="0")
    subscribed()
    u1.put(f"/orders/{theirs['id']}/")
    events.announce(redis, [u1.id, u2.id])
    own = u2.ordered(3)
    assert stream.hear().data["id"] == own["id"]


def test_silence_is_broken_by_comments(listen, u1, monkeypatch):
    monkeypatch.setattr(stream_module, "HEARTBEAT", 0.05)
    stream = listen(u1)
    stream.greeting()
    assert [stream.comment() for _ in range(3)] == [": still here"] * 3


def test_what_nobody_announced_is_found(listen, u1, append, watchful):
    order = u1.ordered(2)
    stream = listen(u1)
    stream.greeting()
    [event] = append(order)
    assert stream.hear().id == event


def test_nonsense_on_the_channel_changes_nothing(listen, u1, redis, unwatched, subscribed):
    stream = listen(u1)
    subscribed()
    for message in (b"", b"x", b",,", b"-1", b"9" * 100, b"\xff"):
        redis.publish("lapse:events", message)
    order = u1.ordered(2)
    assert stream.hear().data["id"] == order["id"]


def test_without_redis_the_reader_looks_by_itself(settings, serve, school_data):
    app = create_app(replace(settings, redis_url=f"redis://127.0.0.1:{free_port()}/0"))
    u1 = shopper(app, "u1")
    stream = Listener(serve(app), u1.token)
    stream.greeting()
    order = u1.ordered(2)
    assert stream.hear().data["id"] == order["id"]
    stream.close()
    close(app)


def test_a_restart_of_redis_loses_nothing(listen, u1, append, valkey, unwatched, subscribed):
    stream = listen(u1)
    subscribed()
    order = u1.ordered(2)
    assert stream.hear().data["order_status"] == 0
    valkey.restart()
    [event] = append(order, status=3)  # whatever was announced while it was away was heard by nobody
    assert stream.hear().id == event
    subscribed()
    u1.put(f"/orders/{order['id']}/")
    assert stream.hear().data["order_status"] == 2


def test_lost_connections_to_postgresql_are_made_anew(listen, u1, sessions, unwatched, subscribed):
    stream = listen(u1)
    subscribed()
    order = u1.ordered(2)
    stream.hear()
    with sessions() as session:
        session.connection().exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    u1.put(f"/orders/{order['id']}/")
    assert stream.hear().data["order_status"] == 2


def test_no_connection_is_held_while_a_stream_waits(app, listen, u1, unwatched):
    streams = [listen(u1) for _ in range(3)]
    for stream in streams:
        stream.greeting()
    with app.app_context():
        eventually(lambda: db.engine.pool.checkedout() == 0)


@pytest.mark.attack
def test_a_user_has_ten_at_most(listen, u1, u2, hub):
    streams = [listen(u1) for _ in range(hub_module.MOST_PER_USER)]
    refused = listen(u1)
    assert (refused.status, refused.response.headers["Content-Type"]) == (429, "application/problem+json")
    assert int(refused.response.headers["Retry-After"]) > 0
    assert listen(u2).status == 200
    streams[0].close()
    eventually(lambda: hub.count == hub_module.MOST_PER_USER)
    assert listen(u1).status == 200


@pytest.mark.attack
def test_a_process_has_so_many_at_most(listen, u1, u2, monkeypatch):
    monkeypatch.setattr(hub_module, "most_streams", lambda: 1)
    assert listen(u1).status == 200
    refused = listen(u2)
    assert (refused.status, refused.response.headers["Content-Type"]) == (503, "application/problem+json")
    assert b"streams_full" in refused.rest()


def test_it_ends_with_its_token(app, port, u1):
    with app.app_context():
        claims = {"sid": decode_token(u1.token)["sid"]}
        token = create_access_token(str(u1.id), additional_claims=claims, expires_delta=timedelta(seconds=3))
    stream = Listener(port, token)
    assert stream.status == 200
    assert stream.rest()
    stream.close()


@pytest.mark.attack
@pytest.mark.parametrize("with_token", ["token", "refresh_token"])
def test_it_ends_with_a_logout(listen, u1, u2, with_token, watchful):
    ends, stays = listen(u1), listen(u2)
    u1.client.post("/users/logout/", headers={"Authorization": f"Bearer {getattr(u1, with_token)}"})
    assert ends.rest()
    u2.ordered(2)
    assert stays.hear()


def test_who_hangs_up_is_forgotten_long_before_the_next_heartbeat(listen, u1, hub, monkeypatch):
    monkeypatch.setattr(stream_module, "HEARTBEAT", NEVER)
    stream = listen(u1)
    stream.greeting()
    assert hub.count == 1
    stream.close()
    eventually(lambda: hub.count == 0)


def test_a_hub_that_was_shut_down_opens_no_more(listen, u1, hub):
    stream = listen(u1)
    hub.shut_down()
    assert stream.rest()
    assert listen(u1).status == 503
