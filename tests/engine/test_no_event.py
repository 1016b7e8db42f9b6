"""No event, no wait: whatever Redis loses, orders are closed at their deadlines. No sweep comes within the hour."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from redis import Redis
from sqlalchemy import text

from lapse import timers
from shared.order_status import OrderStatus
from shared.stores import redis_keys
from shared.timeouts import OF_ORDERS
from tests.engine.conftest import eventually
from tests.engine.shop import CREDIT

COUNT = 20


@pytest.fixture
def arm(shop, sessions, redis) -> Callable[..., list[int]]:
    """Place orders of one user and set their timers."""

    def arm(due_in: float = 1) -> list[int]:
        ids = shop.orders(shop.user("u"), COUNT, due_in=due_in)
        with sessions() as session:
            timers.arm(session, redis, OF_ORDERS, ids)
        return ids

    return arm


@pytest.fixture
def all_closed(shop) -> Callable[[], None]:
    """Wait until all are, each having given back once."""

    def wait() -> None:
        eventually(lambda: shop.count(OrderStatus.TIMED_OUT) == COUNT)
        assert shop.scalar("SELECT credit FROM users") == COUNT * CREDIT

    return wait


@contextmanager
def nobody_subscribes(redis: Redis) -> Iterator[None]:
    """Every subscription is cut off and none is let in again."""
    redis.execute_command("ACL", "SETUSER", "default", "-subscribe")
    try:
        redis.client_kill_filter(_type="pubsub")
        yield
    finally:
        redis.execute_command("ACL", "SETUSER", "default", "+subscribe")


def test_without_a_subscription_the_nudge_hands_over(shop, start_listener, arm, redis, all_closed):
    start_listener()
    with nobody_subscribes(redis):
        arm()
        all_closed()
    assert set(shop.paths()) == {"nudge"}


def test_with_notifications_off_the_nudge_hands_over(shop, start_listener, arm, redis, all_closed):
    start_listener()
    redis.config_set("notify-keyspace-events", "")
    arm()
    all_closed()
    assert set(shop.paths()) == {"nudge"}


def test_timers_that_were_evicted_are_handed_over(shop, start_listener, arm, redis, all_closed):
    start_listener()
    redis.delete(*map(redis_keys.order_timer, arm()))
    all_closed()
    assert set(shop.paths()) == {"nudge"}


def test_after_flushall_the_deadlines_are_followed_in_postgresql(shop, start_listener, arm, redis, all_closed):
    listener = start_listener()
    arm()
    redis.flushall()
    all_closed()
    assert set(shop.paths()) == {"sweep"}
    assert listener.status.problems() == []


def test_with_redis_frozen_the_deadlines_are_followed_in_postgresql(
    shop, start_listener, arm, valkey_paused, all_closed
):
    start_listener()
    arm()
    with valkey_paused():
        all_closed()
    assert set(shop.paths()) == {"sweep"}


def test_what_was_placed_while_redis_was_away_is_closed_after_it_is_back(
    shop, start_listener, valkey_paused, all_closed
):
    listener = start_listener()
    with valkey_paused():
        eventually(lambda: not listener.status.trust.is_complete)
        shop.orders(shop.user("u"), COUNT, due_in=1.5)
    all_closed()


def test_while_every_connection_is_killed_again_and_again_orders_are_closed(shop, start_listener, arm, redis):
    start_listener()
    arm()

    def kill_and_look() -> bool:
        for kind in ("pubsub", "normal"):
            redis.client_kill_filter(_type=kind, skipme=True)
        return shop.count(OrderStatus.TIMED_OUT) == COUNT

    eventually(kill_and_look)


def test_an_order_whose_owner_is_busy_for_a_second_is_no_affair_of_the_sweep(shop, sessions, start_listener, arm):
    start_listener()
    arm(due_in=0.5)
    with sessions() as blocker:
        blocker.execute(text("SELECT 1 FROM users FOR UPDATE"))
        long_due = "SELECT count(*) FROM orders WHERE expires_at < clock_timestamp() - interval '1 s'"
        eventually(lambda: shop.scalar(long_due) == COUNT)
        assert shop.count(OrderStatus.UNPAID) == COUNT
    eventually(lambda: shop.count(OrderStatus.TIMED_OUT) == COUNT)
    assert set(shop.paths()) <= {"event", "nudge"}
