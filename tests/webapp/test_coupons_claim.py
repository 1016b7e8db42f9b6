"""Coupons that users take themselves."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import func, select

from shared.models import Coupon, UserCoupon, WalletOutbox
from shared.stores import redis_keys
from tests.conftest import cut_off
from tests.coupons import LONG, NOW, hand_out, make_coupon
from tests.shop import shopper


def claim(user, coupon_id):
    return user.post(f"/coupons/{coupon_id}/claim/")


def available(user):
    return {entry["coupon_id"]: (entry["left"], entry["claimed"]) for entry in user.get("/coupons/available/").json}


def refusal(answer):
    return answer.status_code, answer.json["code"]


def count(sessions, coupon_id):
    with sessions() as session:
        return session.scalar(select(func.count()).select_from(UserCoupon).where(UserCoupon.coupon_id == coupon_id))


def test_a_claim(u1, sessions, redis):
    coupon = make_coupon(sessions, name="自取", total=2)
    assert available(u1)[coupon] == (2, False)
    answer = claim(u1, coupon)
    assert answer.status_code == 201
    entry = answer.json
    assert (entry["coupon_id"], entry["name"], entry["get_get_type_display"]) == (coupon, "自取", "自行领取")
    assert u1.wallet()[entry["user_coupon_id"]] == entry
    assert redis.hget(redis_keys.coupon(u1.id, entry["user_coupon_id"]), "name").decode() == "自取"
    assert available(u1)[coupon] == (1, True)
    order = u1.ordered(2, user_coupon_id=entry["user_coupon_id"])
    assert order["real_price"] == "70.00"


def test_what_can_be_taken_is_described(u1, u2, sessions):
    coupon = make_coupon(sessions, coupon_type=1, directions=[2])
    hand_out(sessions, u2.id, coupon)
    found = next(entry for entry in u1.get("/coupons/available/").json if entry["coupon_id"] == coupon)
    assert (found["left"], found["claimed"], found["to_direction"]) == (
        9,
        False,
        [{"id": 2, "name": "前端", "name_en": ""}],
    )
    assert "user_coupon_id" not in found


def test_what_is_given_or_over_is_not_there_to_be_taken(u1, sessions):
    given = make_coupon(sessions, get_type=0)
    over = make_coupon(sessions, start_time=NOW - 2 * LONG, end_time=NOW - LONG)
    later = make_coupon(sessions, start_time=NOW + LONG / 2)
    assert not {given, over} & set(available(u1))
    assert refusal(claim(u1, given)) == (400, "coupon_not_for_taking")
    assert refusal(claim(u1, over)) == (409, "coupon_gone")
    assert claim(u1, later).status_code == 201
    assert count(sessions, given) == count(sessions, over) == 0


@pytest.mark.parametrize("coupon_id", ["0", "777", "9" * 30])
def test_an_unknown_coupon(u1, coupon_id):
    assert refusal(claim(u1, coupon_id)) == (404, "coupon_not_found")


def test_the_limit_of_each_user(u1, u2, sessions):
    coupon = make_coupon(sessions, per_user=2)
    assert [claim(u1, coupon).status_code for _ in range(2)] == [201, 201]
    assert refusal(claim(u1, coupon)) == (409, "already_claimed")
    assert claim(u2, coupon).status_code == 201
    assert available(u1)[coupon] == (7, True)
    assert available(u2)[coupon] == (7, False)


def test_none_left(u1, u2, sessions):
    coupon, none = make_coupon(sessions, total=1), make_coupon(sessions, total=0)
    assert claim(u1, coupon).status_code == 201
    assert refusal(claim(u2, coupon)) == (409, "coupon_gone")
    assert refusal(claim(u2, none)) == (409, "coupon_gone")
    assert available(u2)[coupon] == (0, False)


@pytest.mark.attack
def test_the_last_one_goes_to_one_of_two(app, u1, u2, sessions):
    for _ in range(10):
        coupon, start = make_coupon(sessions, total=1), Barrier(2)

        def take(name, coupon=coupon, start=start):
            user = shopper(app, name)
            start.wait()
            return claim(user, coupon).status_code

        with ThreadPoolExecutor(2) as threads:
            assert sorted(threads.map(take, ["u1", "u2"])) == [201, 409]
        assert count(sessions, coupon) == 1


@pytest.mark.attack
def test_one_user_at_two_places_gets_one(app, u1, sessions):
    for _ in range(10):
        coupon, start = make_coupon(sessions), Barrier(2)

        def take(_, coupon=coupon, start=start):
            user = shopper(app, "u1")
            start.wait()
            return claim(user, coupon).status_code

        with ThreadPoolExecutor(2) as threads:
            assert sorted(threads.map(take, range(2))) == [201, 409]


def test_control_without_the_lock_both_get_the_last_one(u1, u2, sessions):
    coupon, counted = make_coupon(sessions, total=1), Barrier(2)

    def take(user_id):
        with sessions.begin() as session:
            taken = select(func.count()).select_from(UserCoupon).where(UserCoupon.coupon_id == coupon)
            left = session.get_one(Coupon, coupon).total - session.scalars(taken).one()
            counted.wait()
            if left > 0:
                session.add(UserCoupon(user_id=user_id, coupon_id=coupon))

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(take, [u1.id, u2.id]))
    assert count(sessions, coupon) == 2


def test_with_redis_away_it_is_taken_all_the_same(app, u1, sessions):
    coupon = make_coupon(sessions)
    cut_off(app)
    assert claim(u1, coupon).status_code == 201
    assert coupon in {entry["coupon_id"] for entry in u1.wallet().values()}
    with sessions() as session:
        assert session.scalar(select(func.count(WalletOutbox.id))) >= 1


def test_claiming_is_for_users(client, school_data):
    for path in ("/coupons/enable/", "/coupons/mine/", "/coupons/available/"):
        assert client.get(path).status_code == 401
    assert client.post("/coupons/1/claim/").status_code == 401
