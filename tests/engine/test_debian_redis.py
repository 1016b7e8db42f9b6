"""The listener's most telling tests again, on the `redis-server` of this machine, such as Debian's Redis 7.0."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import embedded.valkey
from tests.engine.test_listener import (
    armed_orders,
    test_a_cut_subscription_is_made_anew_and_followed_by_a_reconciliation,
    test_a_silent_connection_is_given_up,
    test_after_flushall_timers_and_wallets_come_back,
    test_among_many_other_keys_the_nudge_finds_those_that_are_due,
    test_an_early_event_waits_for_the_deadline,
    test_an_expired_timer_times_the_order_out,
    test_flags_of_others_are_kept,
    test_flushall_loses_no_order,
    test_redis_restarted_with_everything_lost,
    test_while_events_are_missing_the_sweep_is_tightened,
)

__all__ = [
    "armed_orders",
    "test_a_cut_subscription_is_made_anew_and_followed_by_a_reconciliation",
    "test_a_silent_connection_is_given_up",
    "test_after_flushall_timers_and_wallets_come_back",
    "test_among_many_other_keys_the_nudge_finds_those_that_are_due",
    "test_an_early_event_waits_for_the_deadline",
    "test_an_expired_timer_times_the_order_out",
    "test_flags_of_others_are_kept",
    "test_flushall_loses_no_order",
    "test_redis_restarted_with_everything_lost",
    "test_while_events_are_missing_the_sweep_is_tightened",
]

BINARY = shutil.which("redis-server")
pytestmark = pytest.mark.skipif(BINARY is None, reason="there is no redis-server on the PATH")


@pytest.fixture(scope="module")
def valkey(tmp_path_factory) -> Iterator[embedded.valkey.Valkey]:
    """That server, in the place of Valkey."""
    with embedded.valkey.running(tmp_path_factory.mktemp("redis"), binary=Path(str(BINARY))) as server:
        yield server


def test_it_is_another_engine(redis):
    assert "valkey_version" not in redis.info("server")
