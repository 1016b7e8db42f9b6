"""The other kinds of timeout: a coupon that ends in its user's wallet, and the reminder before a deadline."""

from sqlalchemy import select

from lapse import batches, timers
from shared.coupons import wallet
from shared.models import OrderEvent
from shared.orders import expire_now
from shared.stores import redis_keys
from shared.timeouts import COUPON, OF_ORDERS, ORDER, REMINDER, TIMEOUTS
from tests.engine.conftest import eventually

EXPIRED = "SELECT count(*) FROM user_coupons WHERE id = :id AND expired_at IS NOT NULL"


def end_in(shop, user_coupon_id: int, seconds: float) -> None:
    shop.execute(
        "UPDATE coupons SET end_time = clock_timestamp() + make_interval(secs => :seconds) "
        "WHERE id = (SELECT coupon_id FROM user_coupons WHERE id = :id)",
        seconds=seconds,
        id=user_coupon_id,
    )


def remind_in(shop, order_id: int, seconds: float) -> None:
    shop.execute(
        "UPDATE orders SET remind_at = clock_timestamp() + make_interval(secs => :seconds) WHERE id = :id",
        seconds=seconds,
        id=order_id,
    )


def reminders(shop, order_id: int) -> int:
    return shop.scalar("SELECT count(*) FROM order_events WHERE order_id = :id AND kind = 'reminder'", id=order_id)


def test_a_coupon_that_ends_in_the_wallet_is_marked_by_its_own_event(shop, sessions, redis, start_listener):
    start_listener()
    coupon, other = (shop.coupon(shop.user(name)) for name in ("a", "b"))
    end_in(shop, coupon, 1)
    with sessions.begin() as session:
        wallet.resync_all(session)
    with sessions() as session:
        wallet.project_pending(session, redis)
    eventually(lambda: shop.scalar(EXPIRED, id=coupon) == 1)
    assert shop.scalar(EXPIRED, id=other) == 0
    assert redis.exists(redis_keys.coupon(2, other)) == 1
    eventually(lambda: redis.zcard(redis_keys.ENGINE.deadlines("coupon")) == 1)


def test_a_coupon_that_ends_unheard_is_marked_by_the_sweep(shop, sessions):
    coupon = shop.coupon(shop.user("u"))
    assert not batches.sweep(sessions, COUPON)
    end_in(shop, coupon, -1)
    assert [each.id for each in batches.sweep(sessions, COUPON)] == [coupon]
    assert not batches.sweep(sessions, COUPON)


def test_a_coupon_that_had_ended_when_it_was_given_is_late_since_then(shop, sessions):
    coupon = shop.coupon(shop.user("u"))
    shop.execute("UPDATE coupons SET start_time = '2000-01-01', end_time = '2001-01-01'")
    given = shop.scalar("SELECT extract(epoch FROM clock_timestamp() - created_at)::float FROM user_coupons")
    [closed] = batches.sweep(sessions, COUPON).closed
    now = shop.scalar("SELECT extract(epoch FROM clock_timestamp() - created_at)::float FROM user_coupons")
    assert closed.id == coupon
    assert given <= closed.late <= now


def test_a_coupon_of_the_same_number_as_an_order_leaves_the_order_alone(shop, sessions, redis, start_listener):
    """Subjects of different kinds share nothing but their numbers."""
    user = shop.user("u")
    coupon = shop.coupon(user)
    [order] = shop.orders(user, due_in=600)
    assert order == coupon
    with sessions() as session:
        timers.arm(session, redis, OF_ORDERS, [order])
    end_in(shop, coupon, -1)
    start_listener()
    eventually(lambda: shop.scalar(EXPIRED, id=coupon) == 1)
    assert redis.exists(redis_keys.order_timer(order)) == 1


def test_the_reminder_comes_once_at_its_time(shop, sessions, redis, start_listener):
    start_listener(sweep_interval=0.3)
    [order] = shop.orders(shop.user("u"), due_in=300)
    remind_in(shop, order, 1)
    with sessions() as session:
        timers.arm(session, redis, OF_ORDERS, [order])
    assert redis.pttl(redis_keys.reminder(order)) > 0
    eventually(lambda: reminders(shop, order) == 1)
    redis.publish("__keyevent@0__:expired", redis_keys.reminder(order))
    [witness] = shop.orders(shop.user("w"))
    redis.publish("__keyevent@0__:expired", redis_keys.order_timer(witness))
    eventually(lambda: shop.status(witness) == 3)
    assert reminders(shop, order) == 1
    assert shop.status(order) == 0


def test_nobody_is_reminded_early_late_or_of_a_closed_order(shop, sessions):
    user = shop.user("u")
    early, late, paid = (
        shop.orders(user, due_in=due, status=status)[0] for due, status in ((300, 0), (-1, 0), (300, 1))
    )
    remind_in(shop, early, 60)
    for order in (late, paid):
        remind_in(shop, order, -60)
    assert not batches.run(sessions, REMINDER, [early, late, paid], "event")
    assert not batches.sweep(sessions, REMINDER)


def test_an_order_made_to_expire_now_takes_its_reminder_along(shop, sessions):
    [order] = shop.orders(shop.user("u"), due_in=600)
    remind_in(shop, order, 300)
    with sessions.begin() as session:
        assert expire_now(session, order)
    assert not batches.sweep(sessions, REMINDER)


def test_each_kind_knows_its_own_keys_and_no_other(sessions):
    keys = {"order": b"order:timeout:7", "coupon": b"coupon:3:7", "reminder": b"order:reminder:7"}
    for kind in TIMEOUTS:
        assert {name: kind.parse(key) for name, key in keys.items()} == {
            name: 7 if name == kind.name else None for name in keys
        }


def test_the_event_log_keeps_the_order_of_commits_for_each_user(shop, sessions):
    user = shop.user("u")
    ids = shop.orders(user, 20)
    for order in ids:
        batches.run(sessions, ORDER, [order], "event")
    with sessions() as session:
        told = session.scalars(select(OrderEvent.order_id).where(OrderEvent.user_id == user).order_by(OrderEvent.id))
        assert list(told) == ids
