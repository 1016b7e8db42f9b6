"""The listener on a real Valkey: what it hears, what it does not, and what it makes of nonsense."""

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from expiry_listener.primary import Primary
from lapse import timers
from lapse.database import open_sessions
from shared.order_status import OrderStatus
from shared.stores import redis_keys
from shared.timeouts import OF_ORDERS
from tests.deadlines import let_time_be_over
from tests.engine.conftest import eventually
from tests.engine.shop import CREDIT

CHANNEL = "__keyevent@0__:expired"


@pytest.fixture
def armed_orders(shop, sessions, redis):
    """Orders of one user with their timers set; returns (user id, order ids)."""

    def arm(count: int = 1, due_in: float = 0.5) -> tuple[int, list[int]]:
        user = shop.user("u")
        ids = shop.orders(user, count, due_in=due_in)
        with sessions() as session:
            timers.arm(session, redis, OF_ORDERS, ids)
        return user, ids

    return arm


def announce(redis, *keys: str) -> None:
    for key in keys:
        redis.publish(CHANNEL, key)


def test_an_expired_timer_times_the_order_out(shop, start_listener, armed_orders, redis):
    start_listener()
    user, ids = armed_orders(20)
    assert redis.pttl(redis_keys.order_timer(ids[0])) > 0
    eventually(lambda: shop.count(OrderStatus.TIMED_OUT) == 20)
    assert shop.credit(user) == 20 * CREDIT
    eventually(lambda: redis.zcard(redis_keys.ENGINE.deadlines("order")) == 0)


def test_among_many_other_keys_the_nudge_finds_those_that_are_due(shop, start_listener, armed_orders, redis):
    """By itself Redis would come upon them minutes after their deadline, and there is no sweep to do it."""
    pipeline = redis.pipeline(transaction=False)
    for number in range(50_000):
        pipeline.set(f"other:{number}", 1, px=86_400_000)
    pipeline.execute()
    start_listener()
    armed_orders(20)
    eventually(lambda: shop.count(OrderStatus.TIMED_OUT) == 20)
    assert redis.dbsize() > 50_000


def test_without_events_and_nudge_the_sweep_alone_does_it(shop, start_listener, sessions):
    start_listener(sweep_interval=0.2, nudge=False)
    user = shop.user("u")
    shop.orders(user, 5, due_in=0.3)  # no timer was ever set
    eventually(lambda: shop.count(OrderStatus.TIMED_OUT) == 5)
    assert shop.credit(user) == 5 * CREDIT


def test_orders_overdue_before_the_start_are_found(shop, start_listener):
    shop.orders(shop.user("u"), 50, due_in=-100)
    start_listener()
    eventually(lambda: shop.count(OrderStatus.TIMED_OUT) == 50)


def test_an_event_delivered_twice_gives_back_once(shop, start_listener, redis):
    start_listener()
    user = shop.user("u")
    [order] = shop.orders(user)
    announce(redis, *[redis_keys.order_timer(order)] * 3)
    eventually(lambda: shop.status(order) is OrderStatus.TIMED_OUT)
    announce(redis, *[redis_keys.order_timer(order)] * 3)
    [witness] = shop.orders(user)
    announce(redis, redis_keys.order_timer(witness))
    eventually(lambda: shop.status(witness) is OrderStatus.TIMED_OUT)
    assert shop.credit(user) == 2 * CREDIT


def test_an_early_event_waits_for_the_deadline(shop, start_listener, redis):
    """The key was made to expire sooner, or the clocks differ: the database decides."""
    start_listener()
    [early] = shop.orders(shop.user("u"), due_in=1.5)
    [witness] = shop.orders(shop.user("w"))
    announce(redis, redis_keys.order_timer(early))
    announce(redis, redis_keys.order_timer(witness))
    eventually(lambda: shop.status(witness) is OrderStatus.TIMED_OUT)
    assert shop.status(early) is OrderStatus.UNPAID
    eventually(lambda: shop.status(early) is OrderStatus.TIMED_OUT)
    assert (
        shop.scalar(
            "SELECT count(*) FROM order_events e JOIN orders o ON o.id = order_id WHERE e.created_at < o.expires_at"
        )
        == 0
    )


def test_a_late_event_does_nothing_to_a_paid_order(shop, start_listener, redis):
    start_listener()
    user = shop.user("u")
    [paid], [witness] = shop.orders(user, status=1), shop.orders(user)
    announce(redis, redis_keys.order_timer(paid), redis_keys.order_timer(witness))
    eventually(lambda: shop.status(witness) is OrderStatus.TIMED_OUT)
    assert shop.status(paid) is OrderStatus.PAID
    assert shop.credit(user) == CREDIT


def duplicates() -> float:
    return REGISTRY.get_sample_value("expiry_duplicates_total", {"kind": "order"}) or 0


def test_of_two_listeners_one_counts_a_duplicate(shop, start_listener, armed_orders):
    before = duplicates()
    for _ in range(2):
        start_listener()
    armed_orders()
    eventually(lambda: shop.count(OrderStatus.TIMED_OUT) == 1)
    eventually(lambda: duplicates() == before + 1)


def test_events_for_what_is_no_longer_open_are_counted(shop, start_listener, redis):
    before = duplicates()
    start_listener()
    user = shop.user("u")
    gone = [*shop.orders(user, status=OrderStatus.PAID), *shop.orders(user, status=OrderStatus.CANCELLED)]
    [due], [early] = shop.orders(user), shop.orders(user, due_in=60)
    announce(redis, *map(redis_keys.order_timer, [*gone, due, early]))
    eventually(lambda: duplicates() == before + 2)
    eventually(lambda: shop.status(due) is OrderStatus.TIMED_OUT)
    assert duplicates() == before + 2


def test_nonsense_is_passed_over(shop, start_listener, redis):
    start_listener()
    [order] = shop.orders(shop.user("u"))
    nonsense = [
        "",
        "order:timeout:",
        "order:timeout:x",
        "order:timeout:-1",
        "order:timeout:1.5",
        "cart_1",
        "order:timeout:" + "9" * 40,
        "order:timeout:999999999",
        "order:timeout:１",
        "\x00\xff",
        "coupon:1:2:3",
    ]
    announce(redis, *nonsense, redis_keys.order_timer(order))
    eventually(lambda: shop.status(order) is OrderStatus.TIMED_OUT)


def test_a_cut_subscription_is_made_anew_and_followed_by_a_reconciliation(shop, start_listener, redis):
    listener = start_listener()
    ids = shop.orders(shop.user("u"), 10, due_in=-1)  # due, and never announced
    [late] = shop.orders(shop.user("v"), due_in=60)
    assert shop.count(OrderStatus.TIMED_OUT) == 0
    redis.client_kill_filter(_type="pubsub")
    eventually(lambda: shop.count(OrderStatus.TIMED_OUT) == len(ids))
    eventually(lambda: not listener.status.problems())
    assert shop.status(late) is OrderStatus.UNPAID


def test_a_silent_connection_is_given_up(shop, start_listener, redis, valkey_paused):
    """The server takes no more commands and closes nothing: only the missing pong shows it."""
    listener = start_listener()
    with valkey_paused():
        eventually(lambda: any("not subscribed" in problem for problem in listener.status.problems()))
    eventually(lambda: not listener.status.problems())


def test_flushall_loses_no_order(shop, start_listener, armed_orders, redis):
    start_listener(sweep_interval=0.3)
    user, ids = armed_orders(20, due_in=1)
    redis.flushall()
    eventually(lambda: shop.count(OrderStatus.TIMED_OUT) == 20)
    assert shop.credit(user) == 20 * CREDIT


def test_after_flushall_timers_and_wallets_come_back(shop, start_listener, armed_orders, redis):
    start_listener(sweep_interval=0.3)
    user, [order] = armed_orders(due_in=300)
    coupon = shop.coupon(user)
    held = shop.coupon(user)
    shop.orders(user, coupon_id=held, due_in=300)
    redis.flushall()
    eventually(lambda: redis.exists(redis_keys.order_timer(order)) == 1)
    assert 290 < redis.ttl(redis_keys.order_timer(order)) <= 300
    eventually(lambda: redis.hget(redis_keys.coupon(user, coupon), "sale") == b"-30")
    assert not redis.exists(redis_keys.coupon(user, held))


def test_redis_restarted_with_everything_lost(shop, start_listener, armed_orders, redis, valkey_restarted):
    listener = start_listener(sweep_interval=0.5)
    user, ids = armed_orders(20, due_in=2)
    valkey_restarted()
    assert not redis.exists(*map(redis_keys.order_timer, ids))
    eventually(lambda: shop.count(OrderStatus.TIMED_OUT) == 20)
    eventually(lambda: not listener.status.problems())
    assert shop.credit(user) == 20 * CREDIT


def test_flags_of_others_are_kept(start_listener, redis):
    redis.config_set("notify-keyspace-events", "Kg$")
    start_listener()
    flags = redis.config_get("notify-keyspace-events")["notify-keyspace-events"]
    assert set("Kg$Ex") <= set(flags)


@pytest.mark.parametrize(("present", "after"), [("", "xE"), ("AKE", "AKE"), ("Ex", "xE"), ("KA", "AKE"), ("El", "lxE")])
def test_our_flags_are_added(redis, present, after):
    redis.config_set("notify-keyspace-events", present)
    assert Primary("p", redis, 0).announce_expired_keys()
    assert set(redis.config_get("notify-keyspace-events")["notify-keyspace-events"]) == set(after)


def test_a_poisoned_order_stops_nobody_else(shop, start_listener):
    user = shop.user("u")
    ids = shop.orders(user, 40)
    bad = ids[17]
    shop.execute(
        "INSERT INTO ledger (order_id, user_id, kind, action, round, amount) "
        "VALUES (:id, :user, 'credit', 'give_back', 1, 1)",
        id=bad,
        user=user,
    )
    start_listener(sweep_interval=0.3)
    eventually(lambda: shop.count(OrderStatus.TIMED_OUT) == 39)
    assert shop.status(bad) is OrderStatus.UNPAID
    assert shop.credit(user) == 39 * CREDIT
    assert shop.scalar("SELECT subject_id::bigint FROM quarantined_timeouts WHERE error LIKE '%uq_ledger%'") == bad
    shop.execute("DELETE FROM ledger WHERE order_id = :id", id=bad)
    shop.execute("UPDATE quarantined_timeouts SET retry_at = now()")
    eventually(lambda: shop.status(bad) is OrderStatus.TIMED_OUT)
    eventually(lambda: shop.scalar("SELECT count(*) FROM quarantined_timeouts") == 0)


def test_a_coupon_given_back_is_in_the_wallet_again(shop, start_listener, redis):
    user = shop.user("u")
    coupon = shop.coupon(user)
    [order] = shop.orders(user, coupon_id=coupon)
    start_listener()
    eventually(lambda: shop.status(order) is OrderStatus.TIMED_OUT)
    eventually(lambda: redis.exists(redis_keys.coupon(user, coupon)) == 1)
    assert redis.ttl(redis_keys.coupon(user, coupon)) > 86_400
    assert shop.scalar("SELECT count(*) FROM wallet_outbox") == 0


def test_while_events_are_missing_the_sweep_is_tightened(shop, start_listener, redis):
    """Somebody switched the notifications off behind our back; the canary shows it."""
    listener = start_listener(sweep_interval=3600)
    redis.config_set("notify-keyspace-events", "")
    eventually(lambda: any("do not arrive" in problem for problem in listener.status.problems()))
    shop.orders(shop.user("u"), 3)
    listener.sweeper.request()  # it sleeps for an hour, having begun when all was well
    eventually(lambda: shop.count(OrderStatus.TIMED_OUT) == 3)
    shop.orders(shop.user("v"), 3)
    eventually(lambda: shop.count(OrderStatus.TIMED_OUT) == 6)


def test_an_order_locked_when_the_sweep_came_does_not_wait_for_the_next(shop, sessions, start_listener):
    user = shop.user("u")
    [order] = shop.orders(user)
    with sessions() as blocker:
        blocker.execute(text("SELECT 1 FROM users WHERE id = :id FOR UPDATE"), {"id": user})
        start_listener(sweep_interval=3600)  # returns after its first sweep
        assert shop.status(order) is OrderStatus.UNPAID
    eventually(lambda: shop.status(order) is OrderStatus.TIMED_OUT)


def test_a_transaction_whose_process_was_stopped_does_not_hold_its_orders_for_ever(shop, database_url, start_listener):
    [order] = shop.orders(shop.user("u"))
    stopped = open_sessions(database_url)()
    stopped.execute(text("SELECT 1 FROM orders WHERE id = :id FOR UPDATE"), {"id": order})
    start_listener(sweep_interval=3600)
    eventually(lambda: shop.status(order) is OrderStatus.TIMED_OUT)
    with pytest.raises(DBAPIError):
        stopped.execute(text("UPDATE orders SET status = 1 WHERE id = :id"), {"id": order})
    stopped.invalidate()


def test_many_orders_locked_when_their_events_came_do_not_wait_for_the_next_sweep(
    shop, sessions, start_listener, armed_orders, redis
):
    user, ids = armed_orders(count=300, due_in=600)
    listener = start_listener(sweep_interval=3600)
    swept = listener.status.swept
    with sessions() as blocker:
        blocker.execute(text("SELECT 1 FROM users WHERE id = :id FOR UPDATE"), {"id": user})
        let_time_be_over(sessions, *ids)
        announce(redis, *map(redis_keys.order_timer, ids))
        eventually(lambda: listener.status.swept != swept)  # it was asked for because nothing could be closed
        assert shop.count(OrderStatus.UNPAID) == 300
    eventually(lambda: shop.count(OrderStatus.TIMED_OUT) == 300)
