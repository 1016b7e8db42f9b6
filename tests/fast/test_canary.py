"""The canary on fakeredis.

What it cannot show: that its event comes, for fakeredis announces nothing (tests/engine/test_listener.py,
`test_while_events_are_missing_the_sweep_is_tightened`).
"""

from time import monotonic

import pytest
from redis.exceptions import RedisError

from expiry_listener.canary import INTERVAL, LIFE_MS, Canary
from expiry_listener.primary import Primary
from tests.fast.conftest import Once

KEY = b"house:canary:listener"


@pytest.fixture
def canary(timeouts, redis, status) -> Canary:
    return Canary(Primary("p", redis), timeouts.keys, status, "listener", Once(INTERVAL))


def test_it_is_touched_until_it_is_gone(canary, redis):
    began = monotonic()
    canary.run()
    assert monotonic() - began >= LIFE_MS / 1000
    assert redis.dbsize() == 0


def test_it_is_heard_by_its_own_name_alone(canary, status):
    canary.run()
    for key in (b"", b"house:canary:another", KEY + b":{1}", b"\xff"):
        canary.hear(key)
    assert status.canary_heard == {}
    canary.hear(KEY)
    assert list(status.canary_heard) == ["p"]


def test_unheard_for_seconds_it_is_a_problem_that_names_the_primary(canary, status, monkeypatch):
    status.set_subscribed("p", True)
    canary.run()
    assert status.missing_events() == ["redis p: expired events do not arrive; running on the sweep"]
    canary.hear(KEY)
    assert status.missing_events() == []
    monkeypatch.setattr("expiry_listener.status.monotonic", lambda: monotonic() + 6)
    assert status.missing_events() == ["redis p: expired events do not arrive; running on the sweep"]


def test_with_redis_away_it_fails_for_its_supervisor(canary, redis_server):
    redis_server.connected = False
    with pytest.raises(RedisError):
        canary.run()


def test_flags_that_cannot_be_set_are_said_to_be_missing(redis):
    """fakeredis knows no CONFIG, as managed services do not."""
    assert not Primary("p", redis).announce_expired_keys()
