"""What operators see and do over REST."""

import pytest
from sqlalchemy import text

from shared.models import QuarantinedTimeout
from tests.conftest import cut_off
from tests.deadlines import let_time_be_over
from tests.shop import shopper

PATHS = [("GET", "/ops/timeouts/"), ("GET", "/ops/timeouts/recent/"), ("POST", "/ops/timeouts/sweep/")]


@pytest.fixture
def boss(app, school_data):
    return shopper(app, "boss")


@pytest.mark.attack
@pytest.mark.parametrize(("method", "path"), PATHS)
def test_for_staff_only(u1, boss, client, method, path):
    stranger = client.open(path, method=method)
    assert (stranger.status_code, stranger.json["code"]) == (401, "unauthenticated")
    user = u1.send(method, path + "?page=x")
    assert (user.status_code, user.json["code"], user.content_type) == (403, "forbidden", "application/problem+json")
    assert boss.send(method, path).status_code == 200


@pytest.mark.attack
def test_staff_no_longer(boss, sessions):
    with sessions.begin() as session:
        session.execute(text("UPDATE users SET is_staff = false"))
    assert boss.get("/ops/timeouts/").status_code == 403


def test_the_figures(app, u1, boss, sessions, redis):
    orders = [u1.ordered(2)["id"] for _ in range(3)]
    u1.put(f"/orders/{orders[0]}/")
    let_time_be_over(sessions, orders[1], ago=90)
    with sessions.begin() as session:
        quarantined = {"kind": "order", "subject_id": 1, "error": "x", "retry_at": text("now()")}
        session.execute(QuarantinedTimeout.__table__.insert().values(quarantined))
    subscriber = redis.pubsub()
    subscriber.subscribe("__keyevent@0__:expired")
    subscriber.get_message(timeout=5)
    figures = boss.get("/ops/timeouts/").json
    assert 89 < figures.pop("oldest_overdue_seconds") < 120
    assert figures.pop("next_deadline").endswith("+00:00")
    assert figures == {
        "orders": {"unpaid": 2, "paid": 0, "cancelled": 1, "timed_out": 0, "refunded": 0},
        "overdue": 1,
        "quarantined": 1,
        "refunds_pending": 0,
        "wallets_pending": 7,  # of the fixture, which no listener has projected
        "timed_out_last_hour": 0,
        "timers_pending": 2,
        "subscriptions": 1,
    }
    subscriber.close()
    cut_off(app)
    figures = boss.get("/ops/timeouts/").json
    assert (figures["timers_pending"], figures["subscriptions"], figures["overdue"]) == (None, None, 1)


def test_an_idle_shop(boss):
    figures = boss.get("/ops/timeouts/").json
    assert (figures["overdue"], figures["oldest_overdue_seconds"], figures["next_deadline"]) == (0, None, None)
    assert boss.get("/ops/timeouts/recent/").json == {"count": 0, "next": None, "previous": None, "results": []}


def test_a_sweep_and_what_it_closed(u1, boss, sessions, redis):
    coupon = next(iter(u1.wallet()))
    orders = [u1.ordered(2, user_coupon_id=coupon, credit=10), u1.ordered(3), u1.ordered(6)]
    ids = [order["id"] for order in orders]
    let_time_be_over(sessions, *ids[:2], ago=90)
    swept = boss.post("/ops/timeouts/sweep/")
    assert swept.json == {"timed_out": {"order": 2, "coupon": 1, "reminder": 0}, "done": True}
    assert boss.post("/ops/timeouts/sweep/").json["timed_out"] == {"order": 0, "coupon": 0, "reminder": 0}
    assert u1.credit() == 500
    assert coupon in u1.wallet()
    assert redis.exists(f"coupon:{u1.id}:{coupon}")

    page = boss.get("/ops/timeouts/recent/").json
    assert page["count"] == 2
    assert {entry["id"] for entry in page["results"]} == set(ids[:2])
    first = next(entry for entry in page["results"] if entry["id"] == ids[0])
    assert 89 < first.pop("lateness") < 120
    assert first.pop("deadline") < first.pop("closed_at")
    assert first == {
        "id": ids[0],
        "order_number": orders[0]["order_number"],
        "user_id": u1.id,
        "credit": 10,
        "coupon": {"id": 1, "name": "减 30", "name_en": "30 off", "sale": "-30", "discount": 1, "condition": "100.00"},
    }
    assert boss.get("/ops/timeouts/").json["timed_out_last_hour"] == 2
    second = boss.get("/ops/timeouts/recent/?page=2&size=1").json
    assert (len(second["results"]), second["next"]) == (1, None)


def test_only_the_last_time_out_of_an_order_counts(u1, boss, sessions):
    from shared import orders

    order = u1.ordered(2)["id"]
    let_time_be_over(sessions, order, ago=90)
    boss.post("/ops/timeouts/sweep/")
    with sessions.begin() as session:
        orders.recover(session, u1.id, order, 900)
    assert boss.get("/ops/timeouts/recent/").json["count"] == 0
    let_time_be_over(sessions, order, ago=90)
    boss.post("/ops/timeouts/sweep/")
    recent = boss.get("/ops/timeouts/recent/").json
    assert (recent["count"], recent["results"][0]["id"]) == (1, order)
    assert 89 < recent["results"][0]["lateness"] < 120
    assert boss.get("/ops/timeouts/").json["timed_out_last_hour"] == 2
