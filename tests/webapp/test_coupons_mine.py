"""All coupons of a user, whatever became of them; and a wallet in Redis that mends itself."""

from sqlalchemy import text

from shared.stores import redis_keys
from tests.conftest import cut_off
from tests.coupons import hand_out, make_coupon


def mine(user):
    return {entry["coupon_id"]: (entry["state"], entry["order_number"]) for entry in user.get("/coupons/mine/").json}


def test_every_state(u1, u2, sessions):
    own = {entry["coupon_id"]: entry["user_coupon_id"] for entry in u1.wallet().values()}
    assert mine(u1) == {
        1: ("usable", None),
        2: ("usable", None),
        3: ("usable", None),
        4: ("expired", None),
        5: ("upcoming", None),
    }
    held = u1.ordered(2, user_coupon_id=own[1])
    used = u1.ordered(3, user_coupon_id=own[3])
    assert used["order_status"] == 1, "500 off 200 leaves nothing to pay"
    now = mine(u1)
    assert (now[1], now[3]) == (("held", held["order_number"]), ("used", used["order_number"]))
    u1.put(f"/orders/{held['id']}/")
    assert mine(u1)[1] == ("usable", None)
    assert [entry["coupon_id"] for entry in u2.get("/coupons/mine/").json] == [1, 1]


def test_marked_by_staff(u1, sessions):
    coupon = make_coupon(sessions)
    with sessions.begin() as session:
        now = session.scalar(text("SELECT now()"))
    hand_out(sessions, u1.id, coupon, expired_at=now)
    assert mine(u1)[coupon] == ("expired", None)
    assert coupon not in {entry["coupon_id"] for entry in u1.wallet().values()}


def test_what_redis_lost_is_back_after_a_look_at_the_wallet(u1, redis):
    wallet = u1.wallet()
    keys = [redis_keys.coupon(u1.id, own) for own in wallet]
    assert redis.exists(*keys) == len(keys)
    kept = redis.hgetall(keys[0])
    redis.delete(*keys[:2])
    redis.flushall()
    assert u1.wallet() == wallet
    assert redis.exists(*keys) == len(keys)
    assert redis.hgetall(keys[0]) == kept


def test_a_look_at_a_sound_wallet_writes_nothing(u1, sessions, redis):
    u1.wallet()
    with sessions.begin() as session:
        before = session.scalar(text("SELECT nextval(pg_get_serial_sequence('wallet_outbox', 'id'))"))
    u1.wallet()
    with sessions.begin() as session:
        assert session.scalar(text("SELECT nextval(pg_get_serial_sequence('wallet_outbox', 'id'))")) == before + 1


def test_without_redis_the_wallet_is_the_same(app, u1):
    wallet = u1.wallet()
    cut_off(app)
    assert u1.wallet() == wallet
    assert u1.get("/coupons/enable/").json == []
