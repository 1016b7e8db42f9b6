"""The command line under `flask --app wsgi`."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text

from shared.models import Coupon, Course, Order, User, UserCoupon
from shared.order_status import OrderStatus
from shared.stores import redis_keys
from tests.conftest import SCHOOL, cut_off
from tests.deadlines import let_time_be_over
from tests.shop import shopper
from webapp.passwords import matches

EVERYTHING = """
SELECT (SELECT array_agg(c ORDER BY id) FROM courses c)::text,
       (SELECT array_agg(u ORDER BY id) FROM users u)::text,
       (SELECT array_agg(c ORDER BY id) FROM coupons c)::text,
       (SELECT array_agg(u ORDER BY id) FROM user_coupons u)::text,
       (SELECT count(*) FROM coupon_directions), (SELECT count(*) FROM wallet_outbox)
"""
GOOD = json.loads(SCHOOL.read_bytes())


@pytest.fixture
def run(app):
    def invoke(*arguments: str):
        return app.test_cli_runner().invoke(args=[str(argument) for argument in arguments])

    return invoke


def everything(sessions) -> Any:
    with sessions() as session:
        return session.execute(text(EVERYTHING)).one()


def test_load_fills_the_shop(run, app, sessions, redis):
    done = run("load", SCHOOL)
    assert done.exit_code == 0, done.output
    u1 = shopper(app, "u1")
    assert u1.get("/courses/?size=20").json["count"] == 7
    assert u1.credit() == 500
    wallet = u1.wallet()
    assert len(wallet) == 4
    for user_coupon_id, entry in wallet.items():
        key = redis_keys.coupon(u1.id, user_coupon_id)
        kept = {name.decode(): value.decode() for name, value in redis.hgetall(key).items()}
        assert set(kept) == set(entry)
        assert kept["name"] == entry["name"]
        assert 2_000_000_000_000 < redis.pexpiretime(key) < 2_100_000_000_000
    with sessions() as session:
        assert matches(session.scalars(select(User.password_hash).where(User.username == "u1")).one(), "secret-1")
        assert session.scalar(text("SELECT count(*) FROM wallet_outbox")) == 0


def test_load_twice_changes_nothing(run, sessions):
    run("load", SCHOOL)
    before = everything(sessions)
    assert run("load", SCHOOL).exit_code == 0
    assert everything(sessions) == before


def test_load_leaves_what_is_there_as_it_is_and_adds_the_rest(run, sessions, tmp_path):
    run("load", SCHOOL)
    more = copy.deepcopy(GOOD)
    more["courses"][0]["price"] = "500.00"
    more["users"][0]["credit"] = 0
    more["courses"].append(more["courses"][1] | {"id": 400})
    more["user_coupons"].append({"user": "u2", "coupon": 1})
    assert run("load", written(tmp_path, more)).exit_code == 0
    with sessions() as session:
        assert session.get(Course, 1).price == 399
        assert session.get(Course, 400).price == 100
        assert session.scalar(select(User.credit).where(User.username == "u1")) == 500
        coupons = select(func.count()).select_from(UserCoupon).where(UserCoupon.coupon_id == 1)
        assert session.scalar(coupons) == 4


def test_load_may_refer_to_what_was_loaded_before(run, sessions, tmp_path):
    run("load", SCHOOL)
    more = {"user_coupons": [{"user": "boss", "coupon": 2}], "categories": [{"id": 9, "name": "Go", "direction": 1}]}
    assert run("load", written(tmp_path, more)).exit_code == 0


def test_ids_go_on_beyond_the_loaded_ones(run, sessions, tmp_path):
    run("load", written(tmp_path, {"directions": [{"id": 5000, "name": "x"}]}))
    run("load", SCHOOL)
    with sessions.begin() as session:
        insert = text("INSERT INTO directions (name) VALUES ('y') RETURNING id")
        assert session.scalar(insert) > 5000
        course = Course(name="new", price=1, direction_id=1, category_id=1)
        session.add(course)
        session.flush()
        assert course.id > 7


def test_with_redis_away_load_does_its_work(run, app, sessions, redis):
    cut_off(app)
    assert run("load", SCHOOL).exit_code == 0
    with sessions() as session:
        assert session.scalar(text("SELECT count(*) FROM wallet_outbox")) == 7


def broken(part: str, index: int, **change: Any) -> dict[str, Any]:
    school = copy.deepcopy(GOOD)
    school[part][index].update(change)
    return school


def without(part: str, index: int, name: str) -> dict[str, Any]:
    school = copy.deepcopy(GOOD)
    del school[part][index][name]
    return school


@pytest.mark.parametrize(
    ("school", "place"),
    [
        (broken("courses", 3, price="-1.00"), "courses[3].price"),
        (broken("courses", 3, price="1.001"), "courses[3].price"),
        (broken("courses", 3, price=399.0), "courses[3].price"),
        (broken("courses", 3, price="1e3"), "courses[3].price"),
        (broken("courses", 3, price="NaN"), "courses[3].price"),
        (broken("courses", 3, price="100000000000.00"), "courses[3].price"),
        (broken("courses", 3, credit=-1), "courses[3].credit"),
        (broken("courses", 3, credit=10**30), "courses[3].credit"),
        (broken("courses", 3, credit=True), "courses[3].credit"),
        (broken("courses", 3, name="a\0"), "courses[3].name"),
        (broken("courses", 3, name=""), "courses[3].name"),
        (broken("courses", 3, name="x" * 300), "courses[3].name"),
        (broken("courses", 3, id=10**30), "courses[3].id"),
        (broken("courses", 3, id=0), "courses[3].id"),
        (broken("courses", 3, id=1), "courses[3].id"),
        (broken("courses", 3, direction=9), "courses[3].direction"),
        (broken("courses", 3, category=9), "courses[3].category"),
        (broken("courses", 0, discount={"type": "x", "price": "399.01"}), "courses[0].discount.price"),
        (broken("courses", 0, discount={"type": "x"}), "courses[0].discount.price"),
        (broken("courses", 0, colour="red"), "courses[0].colour"),
        (without("courses", 3, "price"), "courses[3].price"),
        (broken("categories", 1, direction=3), "categories[1].direction"),
        (broken("users", 1, username="u1"), "users[1].username"),
        (broken("users", 1, credit=-5), "users[1].credit"),
        (broken("users", 1, is_staff=1), "users[1].is_staff"),
        (broken("users", 1, password=""), "users[1].password"),
        (broken("coupons", 1, sale="-30"), "coupons[1].sale"),
        (broken("coupons", 0, sale="*0.85"), "coupons[0].sale"),
        (broken("coupons", 1, sale="*1.5"), "coupons[1].sale"),
        (broken("coupons", 0, sale="-30\n"), "coupons[0].sale"),
        (broken("coupons", 0, discount=3), "coupons[0].discount"),
        (broken("coupons", 0, coupon_type=4), "coupons[0].coupon_type"),
        (broken("coupons", 0, get_type=2), "coupons[0].get_type"),
        (broken("coupons", 0, condition="-1"), "coupons[0].condition"),
        (broken("coupons", 0, start_time="2026-01-01T00:00:00"), "coupons[0].start_time"),
        (broken("coupons", 0, start_time="0001-01-01T00:00:00+14:00"), "coupons[0].start_time"),
        (broken("coupons", 0, end_time="2026-01-01T00:00:00Z"), "coupons[0].end_time"),
        (broken("coupons", 0, courses=[1, 99]), "coupons[0].courses[1]"),
        (broken("coupons", 2, directions=["2"]), "coupons[2].directions[0]"),
        (broken("coupons", 1, id=1), "coupons[1].id"),
        (broken("user_coupons", 2, user="nobody"), "user_coupons[2].user"),
        (broken("user_coupons", 2, coupon=77), "user_coupons[2].coupon"),
        (GOOD | {"courses": {}}, "courses"),
        (GOOD | {"teachers": []}, "teachers"),
        (GOOD | {"users": [3]}, "users[0]"),
        ([GOOD], "the file"),
    ],
)
def test_a_file_that_breaks_a_rule_loads_nothing_and_names_the_place(run, sessions, tmp_path, school, place):
    before = everything(sessions)
    done = run("load", written(tmp_path, school))
    assert done.exit_code == 1
    assert done.stdout == ""
    assert any(line.startswith(f"{place}: ") for line in done.stderr.splitlines()), done.stderr
    assert "Traceback" not in done.stderr
    assert everything(sessions) == before


def test_every_broken_rule_is_a_line(run, tmp_path):
    school = broken("courses", 3, price="-1.00", credit=-1)
    school["users"][0]["credit"] = "many"
    assert len(run("load", written(tmp_path, school)).stderr.splitlines()) == 3


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"courses": [' + b"9" * 5000 + b"]}"])
def test_what_is_no_json_is_refused_in_a_line(run, tmp_path, content):
    file = tmp_path / "school.json"
    file.write_bytes(content)
    done = run("load", file)
    assert (done.exit_code, len(done.stderr.splitlines())) == (1, 1)


def test_a_missing_file_is_a_line(run, tmp_path):
    done = run("load", tmp_path / "none.json")
    assert (done.exit_code, len(done.stderr.splitlines())) == (1, 1)
    assert run("load", tmp_path).exit_code == 1


def test_demo_data_can_be_loaded_again_and_says_who_can_log_in(run, client, sessions):
    first = run("demo-data")
    assert first.exit_code == 0, first.output
    before = everything(sessions)
    assert run("demo-data").output == first.output
    assert everything(sessions) == before

    users = [line.split() for line in first.output.splitlines() if " password " in line]
    assert len(users) == 4
    for name, _, password, *_ in users:
        assert client.post("/users/login/", json={"username": name, "password": password}).status_code == 200
    with sessions() as session:
        assert session.scalar(select(func.max(Course.id))) < 500
        assert session.scalar(select(func.max(Coupon.id))) < 500
        assert set(session.scalars(select(Coupon.coupon_type))) == {0, 1, 2, 3}
        assert set(session.scalars(select(Coupon.discount))) == {1, 2}


def test_create_admin(run, client, sessions):
    assert run("create-admin", "chief", "--password", "a good one").exit_code == 0
    with sessions() as session:
        assert session.scalars(select(User.is_staff)).all() == [True]
    assert client.post("/users/login/", json={"username": "chief", "password": "a good one"}).status_code == 200
    for name, password in (
        ("chief", "a good one"),
        ("CHIEF", "a good one"),
        (" x", "a good one"),
        ("y", "1"),
        ("y", "password1"),
    ):
        refused = run("create-admin", name, "--password", password)
        assert (refused.exit_code, len(refused.stderr.splitlines())) == (1, 1)


def test_orders_expire_times_an_unpaid_order_out(run, u1, redis):
    coupon = next(iter(u1.wallet()))
    order = u1.ordered(2, user_coupon_id=coupon, credit=10)
    done = run("orders", "expire", order["id"])
    assert done.exit_code == 0, done.output
    assert u1.get(f"/orders/{order['id']}/").json["order_status"] == OrderStatus.TIMED_OUT
    assert u1.credit() == 500
    assert coupon in u1.wallet()
    assert redis.exists(redis_keys.coupon(u1.id, coupon))
    assert not redis.exists(redis_keys.order_timer(order["id"]))

    for order_id in (order["id"], 0, 777, 10**30):
        refused = run("orders", "expire", order_id)
        assert (refused.exit_code, len(refused.stderr.splitlines())) == (1, 1)
        assert str(order_id) in refused.stderr


def test_orders_sweep_times_out_what_is_overdue(run, u1, sessions, redis):
    overdue = [u1.ordered(2)["id"] for _ in range(3)]
    u1.ordered(2)
    let_time_be_over(sessions, *overdue, ago=60)
    assert run("orders", "sweep").output.splitlines()[0].split() == ["order", "3"]
    assert run("orders", "sweep").output.splitlines()[0].split() == ["order", "0"]
    with sessions() as session:
        timed_out = select(Order.id).where(Order.status == OrderStatus.TIMED_OUT).order_by(Order.id)
        assert session.scalars(timed_out).all() == overdue
    assert redis.zcard(redis_keys.ENGINE.deadlines("order")) == 1


def test_orders_status_shows_what_waits(run, app, u1, sessions):
    u1.ordered(2)
    cancelled = u1.ordered(2)
    u1.put(f"/orders/{cancelled['id']}/")
    shown = dict(line.rsplit(maxsplit=1) for line in run("orders", "status").output.splitlines())
    due = shown.pop("next due")
    assert due.endswith("+00:00")
    assert {name: int(value) for name, value in shown.items()} == {
        "unpaid": 1,
        "paid": 0,
        "cancelled": 1,
        "timed_out": 0,
        "refunded": 0,
        "overdue": 0,
        "timers": 1,
        "quarantined": 0,
    }
    cut_off(app)
    assert "Redis does not answer" in run("orders", "status").output


def written(folder: Path, school: Any) -> Path:
    file = folder / "school.json"
    file.write_text(json.dumps(school))
    return file
