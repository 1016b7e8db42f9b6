"""Coupons, who has them, and the wallets in Redis that follow."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from lapse import batches
from shared.coupons import wallet
from shared.models import Coupon, UserCoupon
from shared.pricing import Discount
from shared.stores import redis_keys
from shared.timeouts import COUPON
from tests.coupons import LONG, NOW, hand_out, make_coupon

FORM = {
    "name": "新券",
    "takes_off": "10",
    "percent": "",
    "condition": "0.00",
    "coupon_type": "0",
    "start_time": "2026-01-01T00:00:00",
    "end_time": "2036-01-01T00:00:00",
    "get_type": "1",
    "total": "5",
    "per_user": "1",
}


@pytest.fixture
def in_redis(redis, sessions):
    """What the wallet of a user coupon says in Redis; empty when it is not there."""
    with sessions() as session:
        while wallet.project_pending(session, redis):
            pass

    def look(user, user_coupon):
        entry = redis.hgetall(redis_keys.coupon(user.id, user_coupon))
        return {name.decode(): value.decode() for name, value in entry.items()}

    return look


def form_of(sessions, coupon_id, **changes):
    """What the form of a coupon holds, with changes."""
    with sessions() as session:
        coupon = session.get_one(Coupon, coupon_id)
        scopes = {
            name: [str(target.id) for target in getattr(coupon, name)]
            for name in ("directions", "categories", "courses")
        }
        return (
            FORM
            | {name: str(getattr(coupon, name)) for name in FORM if hasattr(coupon, name)}
            | {"takes_off": coupon.sale[1:]}
            | {name: f"{getattr(coupon, name):%Y-%m-%dT%H:%M:%S}" for name in ("start_time", "end_time")}
            | scopes
            | changes
        )


def edit(boss, sessions, coupon_id, **changes):
    answer = boss.post(f"/coupons/edit/?id={coupon_id}", form_of(sessions, coupon_id, **changes))
    assert answer.status_code == 302, boss.errors(answer)


def own(user, coupon_id):
    return next(entry["user_coupon_id"] for entry in user.wallet().values() if entry["coupon_id"] == coupon_id)


def outbox(sessions):
    with sessions() as session:
        return session.scalar(text("SELECT count(*) FROM wallet_outbox"))


def test_a_coupon_is_made(boss, sessions, u1):
    form = FORM | {"coupon_type": "1", "directions": ["1", "2"], "takes_off": "", "percent": "85.5"}
    answer = boss.post("/coupons/new/", form)
    assert answer.status_code == 302, boss.errors(answer)
    with sessions() as session:
        coupon = session.query(Coupon).filter_by(name="新券").one()
        assert [direction.id for direction in coupon.directions] == [1, 2]
        assert (coupon.discount, coupon.sale) == (Discount.RATE, "*0.855")
        assert coupon.end_time.isoformat() == "2036-01-01T00:00:00+00:00"
    assert u1.post(f"/coupons/{coupon.id}/claim/").status_code == 201


BAD_COUPONS = [
    ({"name": ""}, "This field is required."),
    ({"takes_off": ""}, "Say either what it takes off or what percentage is left to pay."),
    ({"percent": "85"}, "Say either what it takes off or what percentage is left to pay."),
    ({"takes_off": "-30"}, "Must be an amount such as 399.00, not negative."),
    ({"takes_off": "1.001"}, "Must be an amount such as 399.00, not negative."),
    *(
        ({"takes_off": "", "percent": wrong}, "Must be between 0 and 100, such as 85.")
        for wrong in ("100.01", "-1", "850", "85.123", "*0.85", "１")
    ),
    ({"condition": "-1"}, "Must be an amount such as 399.00, not negative."),
    ({"end_time": "2026-01-01T00:00:00"}, "Must be after its beginning."),
    ({"end_time": "tomorrow"}, "Not a valid datetime value."),
    ({"total": "-1"}, "Number must be between 0 and 1000000000."),
    ({"total": "0"}, "Users can take none of 0: say how many, or let it be given by staff."),
    ({"per_user": "0"}, "Number must be between 1 and 32767."),
    ({"coupon_type": "1"}, "Choose at least one, or let it be for something else."),
    ({"directions": ["1"]}, "Choose none, or let it be for directions."),
    ({"coupon_type": "3", "courses": ["1"], "categories": ["1"]}, "Choose none, or let it be for categories."),
    ({"coupon_type": "9"}, "Not a valid choice."),
]


def test_every_rule_has_its_sentence(boss, sessions):
    for change, problem in BAD_COUPONS:
        page = boss.post("/coupons/new/", FORM | change)
        assert page.status_code == 200, change
        assert problem in boss.errors(page), change
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(Coupon)) == 5


SALES = [
    ("10", "", 1, "-10"),
    ("30.50", "", 1, "-30.50"),
    ("", "85", 2, "*0.85"),
    ("", "100", 2, "*1"),
    ("", "0", 2, "*0"),
]


@pytest.mark.parametrize(("takes_off", "percent", "discount", "sale"), SALES)
def test_a_sale_is_read_as_it_was_written(boss, sessions, takes_off, percent, discount, sale):
    boss.post("/coupons/new/", FORM | {"takes_off": takes_off, "percent": percent})
    with sessions() as session:
        coupon = session.query(Coupon).filter_by(name="新券").one()
    assert (coupon.discount, coupon.sale) == (discount, sale)
    page = boss.get(f"/coupons/edit/?id={coupon.id}").text
    shown = {name: re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)[1] for name in ("takes_off", "percent")}
    answer = boss.post(f"/coupons/edit/?id={coupon.id}", FORM | shown)
    assert answer.status_code == 302, boss.errors(answer)
    with sessions() as session:
        assert session.get_one(Coupon, coupon.id).sale == sale


def test_none_to_take_is_not_offered_to_be_taken(sessions, u1):
    """As files may have it."""
    coupon = make_coupon(sessions, total=0)
    assert coupon not in {each["coupon_id"] for each in u1.get("/coupons/available/").json}


def test_a_coupon_whose_time_is_over_is_not_given(boss, sessions):
    page = boss.post("/user_coupons/new/", {"coupon": "4", "usernames": "u2"})
    assert boss.messages(page) == ["The time of the coupon “过期” is over; set its end first."]
    with sessions() as session:
        assert session.scalar(select(func.count()).where(UserCoupon.coupon_id == 4)) == 1


def test_what_changes_of_a_coupon_changes_in_every_wallet(boss, sessions, in_redis, redis, u1, u2):
    coupon = own(u1, 1)
    edit(boss, sessions, 1, name="改名", takes_off="40", end_time="2035-06-01T12:00:00")
    for user in (u1, u2):
        entry = in_redis(user, own(user, 1))
        assert (entry["name"], entry["sale"], entry["end_time"][:10]) == ("改名", "-40", "2035-06-01")
    key = redis_keys.coupon(u1.id, coupon)
    assert redis.pexpiretime(key) == 2064398400000 - 0 or redis.pexpiretime(key) == redis.zscore(
        redis_keys.ENGINE.deadlines("coupon"), key
    )
    edit(boss, sessions, 1, coupon_type="1", directions=["2"])
    assert '"前端"' in in_redis(u1, coupon)["to_direction"]
    assert outbox(sessions) == 0


def test_so_does_the_name_of_what_it_is_for(boss, sessions, in_redis, u1):
    boss.post("/directions/edit/?id=2", {"name": "大前端"})
    assert "大前端" in in_redis(u1, own(u1, 3))["to_direction"]


def test_saving_without_a_change_loses_no_microsecond(boss, sessions):
    end = NOW + LONG + timedelta(microseconds=7)
    coupon = make_coupon(sessions, end_time=end)
    edit(boss, sessions, coupon)
    with sessions() as session:
        assert session.get_one(Coupon, coupon).end_time == end


def test_an_end_that_is_moved_into_the_past_and_back(boss, sessions, in_redis, u1):
    coupon = own(u1, 1)
    edit(boss, sessions, 1, end_time="2026-01-02T00:00:00")
    assert in_redis(u1, coupon) == {}
    assert coupon not in u1.wallet()
    assert len(batches.sweep(sessions, COUPON)) == 4  # three of it, and one of the coupon that was over before
    with sessions() as session:
        assert session.get_one(UserCoupon, coupon).expired_at is not None
    edit(boss, sessions, 1, end_time="2035-01-02T00:00:00")
    with sessions() as session:
        assert session.get_one(UserCoupon, coupon).expired_at is None
    assert in_redis(u1, coupon)["end_time"].startswith("2035-01-02")
    assert coupon in u1.wallet()


def test_a_mark_of_the_staff_outlives_other_changes(boss, sessions, u1):
    coupon = own(u1, 1)
    boss.act("user_coupons", "expire", coupon)
    edit(boss, sessions, 1, end_time="2035-01-02T00:00:00")
    assert coupon not in u1.wallet()


def test_a_listener_that_comes_while_the_end_is_moved_marks_nothing(sessions, u1):
    """It may have seen the old end, but it looks again at the row that it locks."""
    coupon = make_coupon(sessions, start_time=NOW - 2 * LONG, end_time=NOW - LONG)
    user_coupon = hand_out(sessions, u1.id, coupon)
    with sessions() as staff:
        staff.execute(text("UPDATE coupons SET end_time = :end WHERE id = :id"), {"end": NOW + LONG, "id": coupon})
        assert not batches.run(sessions, COUPON, [user_coupon], "event")
        staff.commit()
    assert not batches.run(sessions, COUPON, [user_coupon], "event")
    with sessions() as session:
        assert session.get_one(UserCoupon, user_coupon).expired_at is None


def test_a_coupon_nobody_used_is_deleted_and_taken_away(boss, sessions, in_redis, u1, u2):
    theirs = [(user, own(user, 1)) for user in (u1, u2)]
    assert boss.delete("coupons", 1) == ["Record was successfully deleted."]
    assert [in_redis(*each) for each in theirs] == [{}, {}]
    assert 1 not in {entry["coupon_id"] for entry in u1.get("/coupons/mine/").json}
    assert outbox(sessions) == 0


@pytest.mark.parametrize("still_held", [True, False])
def test_a_coupon_that_an_order_names_stays(boss, sessions, in_redis, u1, still_held):
    coupon = own(u1, 1)
    order = u1.ordered(2, user_coupon_id=coupon)
    if not still_held:
        u1.put(f"/orders/{order['id']}/")
    assert "so it must stay" in boss.delete("coupons", 1)[0]
    assert boss.delete("user_coupons", coupon) == [
        "An order names this coupon, so it must stay. Mark it as expired instead."
    ]
    messages = boss.act("user_coupons", "delete", coupon, own(u1, 2))
    assert messages[0] == "1 taken away."
    assert messages[1].startswith("1 left as they were. An order names this coupon")
    mine = {entry["coupon_id"]: entry["state"] for entry in u1.get("/coupons/mine/").json}
    assert mine[1] == ("held" if still_held else "usable")
    assert 2 not in mine
    assert bool(in_redis(u1, coupon)) is not still_held


def test_giving_to_one_and_to_many(boss, sessions, in_redis, u1, u2):
    coupon = make_coupon(sessions, name="赠")
    answer = boss.post("/user_coupons/new/", {"coupon": str(coupon), "usernames": "u1"}, follow_redirects=True)
    assert "Given to 1." in boss.messages(answer)
    assert in_redis(u1, own(u1, coupon))["name"] == "赠"
    answer = boss.post("/user_coupons/new/", {"coupon": str(coupon), "usernames": " u2\r\n\r\nu1\r\nu2 \r\n"})
    assert answer.status_code == 302
    assert in_redis(u2, own(u2, coupon))["name"] == "赠"
    with sessions() as session:
        assert session.scalar(select(func.count()).where(UserCoupon.coupon_id == coupon)) == 3
    assert outbox(sessions) == 0


def test_giving_to_somebody_unknown_gives_nobody_anything(boss, sessions):
    coupon = make_coupon(sessions)
    page = boss.post("/user_coupons/new/", {"coupon": str(coupon), "usernames": "u1\nu9\nu8"})
    assert boss.messages(page) == ["There is no user u9, u8."]
    page = boss.post("/user_coupons/new/", {"coupon": str(coupon), "usernames": " \n"})
    assert boss.errors(page)
    with sessions() as session:
        assert session.scalar(select(func.count()).where(UserCoupon.coupon_id == coupon)) == 0


def test_marking_one_and_many(boss, sessions, in_redis, u1, u2):
    mine, theirs = own(u1, 1), [entry["user_coupon_id"] for entry in u2.wallet().values()]
    assert boss.post(f"/user_coupons/edit/?id={mine}", {"is_expired": "y"}).status_code == 302
    assert in_redis(u1, mine) == {}
    assert mine not in u1.wallet()
    assert u1.order(2, user_coupon_id=mine).json["code"] == "coupon_unavailable"
    assert boss.act("user_coupons", "expire", mine, *theirs) == [
        "2 marked as expired.",
        "1 left as they were. They were so before.",
    ]
    assert u2.wallet() == {}
    assert boss.act("user_coupons", "revive", *theirs) == ["2 good again."]
    assert all(in_redis(u2, each) for each in theirs)
    assert boss.post(f"/user_coupons/edit/?id={mine}", {}).status_code == 302
    assert mine in u1.wallet()
    assert outbox(sessions) == 0


def test_what_is_over_by_itself_is_not_made_good_again(boss, sessions, u1):
    over = next(e["user_coupon_id"] for e in u1.get("/coupons/mine/").json if e["coupon_id"] == 4)
    batches.sweep(sessions, COUPON)
    page = boss.post(f"/user_coupons/edit/?id={over}", {})
    assert boss.messages(page) == ["The coupon's own time is over; set its end first."]
    assert boss.act("user_coupons", "revive", over)[0] == "0 good again."


def test_taking_away_one_and_many(boss, sessions, in_redis, u1, u2):
    mine, theirs = own(u1, 1), [entry["user_coupon_id"] for entry in u2.wallet().values()]
    assert boss.delete("user_coupons", mine) == ["Record was successfully deleted."]
    assert in_redis(u1, mine) == {}
    assert boss.act("user_coupons", "delete", *theirs) == ["2 taken away."]
    assert u2.wallet() == {}
    assert not any(in_redis(u2, each) for each in theirs)
    assert outbox(sessions) == 0


def test_with_redis_away_the_outbox_keeps_it(app, boss, sessions, redis, u1):
    from tests.conftest import cut_off

    with sessions() as session:
        wallet.project_pending(session, redis)
    mine = own(u1, 1)
    cut_off(app)
    assert boss.delete("user_coupons", mine) == ["Record was successfully deleted."]
    assert redis.exists(redis_keys.coupon(u1.id, mine))
    with sessions() as session:  # as the listener does when Redis is back
        wallet.project_pending(session, redis)
    assert not redis.exists(redis_keys.coupon(u1.id, mine))


def test_coupons_and_courses_are_taken_off_sale_and_put_on_again(boss, sessions, client, u2):
    coupon = make_coupon(sessions)
    assert boss.act("coupons", "withdraw", coupon) == ["1 taken off sale."]
    assert u2.post(f"/coupons/{coupon}/claim/").json["code"] == "coupon_off_sale"
    page = boss.post("/user_coupons/new/", {"coupon": str(coupon), "usernames": "u2"})
    assert boss.messages(page) == ["The coupon “c” is off sale; put it on sale again first."]
    assert boss.act("courses", "withdraw", 2, 3) == ["2 taken off sale."]
    assert boss.act("courses", "offer", 2) == ["1 put on sale again."]
    assert [client.get(f"/courses/{id}/").json["on_sale"] for id in (2, 3)] == [True, False]
    assert boss.act("coupons", "offer", coupon, coupon) == ["1 put on sale again."]
    assert u2.post(f"/coupons/{coupon}/claim/").status_code == 201
