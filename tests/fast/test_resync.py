"""Redis lost what it was given: fakeredis is emptied as any Redis is.

What it cannot show: that a Redis restarted with nothing is noticed, and that orders are timed out meanwhile
(tests/engine/test_listener.py, `test_redis_restarted_with_everything_lost` and `test_flushall_loses_no_order`).
"""

import logging

import pytest
from prometheus_client import REGISTRY
from redis.exceptions import RedisError
from sqlalchemy.exc import OperationalError, ProgrammingError

from expiry_listener.additions import Additions
from expiry_listener.redis_resync import RedisResync
from lapse import timers
from lapse.kind import Kind
from tests.fast.conftest import Once

ARMED = "house:armed"


class Noted(Additions):
    """Counts how often it was told that Redis was emptied."""

    told = 0

    def redis_was_emptied(self, session) -> None:
        self.told += 1


@pytest.fixture
def additions() -> Noted:
    return Noted()


@pytest.fixture
def look(timeouts, database, redis, additions, status):
    """Let another listener look once."""
    return lambda: RedisResync(timeouts, database, redis, additions, status, Once(status.sweep_interval)).run()


def armed(redis) -> int:
    return len(redis.keys("house:timer:*"))


def test_only_what_was_lost_is_a_warning(look, seats, redis, caplog):
    look()
    assert caplog.records == []
    seats.add(1, 2, due_in=60)
    redis.flushall()
    look()
    assert [(each.levelno, getattr(each, "timers", 0)) for each in caplog.records] == [(logging.WARNING, 2)]


def test_an_emptied_redis_is_given_all_back_by_one_listener(look, seats, tables, redis, additions, monkeypatch):
    monkeypatch.setattr(timers, "PAGE", 3)
    seats.add(*range(1, 11), due_in=60)
    tables.add(1, 2, due_in=60)
    look()
    assert (armed(redis), additions.told, redis.ttl(ARMED)) == (12, 1, -1)
    look()
    assert additions.told == 1
    redis.flushall()
    look()
    assert (armed(redis), additions.told) == (12, 2)
    assert REGISTRY.get_sample_value("expiry_timers_pending", {"kind": "seat"}) == 10


def test_while_another_gives_all_back_it_looks_at_a_page(look, seats, redis, additions, monkeypatch):
    monkeypatch.setattr(timers, "PAGE", 3)
    seats.add(*range(1, 11), due_in=60)
    redis.set(ARMED, 1, px=60_000)
    look()
    assert (armed(redis), additions.told) == (3, 0)
    assert redis.pttl(ARMED) > 0


def test_whoever_dies_over_it_leaves_it_to_the_next(look, seats, redis, database, additions):
    seats.add(1, due_in=60)
    database.away = OperationalError("SELECT", {}, Exception("in the middle of it"))
    with pytest.raises(OperationalError):
        look()
    assert 0 < redis.pttl(ARMED) <= 60_000
    database.away = None
    redis.delete(ARMED)  # its minute is over
    look()
    assert (armed(redis), redis.ttl(ARMED)) == (1, -1)


def test_single_timers_that_are_gone_come_back(look, seats, redis):
    seats.add(1, 2, due_in=60)
    look()
    redis.delete("house:timer:seat:2")
    look()
    assert armed(redis) == 2


def test_a_kind_that_fails_keeps_no_other_from_coming_back(look, seats, tables, redis, status):
    seats.raises = ProgrammingError("SELECT", {}, Exception("no such table"))
    tables.add(1, due_in=60)
    look()
    assert redis.keys("house:timer:*") == [b"house:timer:table:1"]
    assert list(status.failing) == [("seat", "resync")]
    seats.raises = None
    look()
    assert status.failing == {}


def test_timers_that_the_application_sets_are_left_to_it(timeouts, look, redis):
    timeouts.add(Kind("own", table="t", due="d", open="o", close="o = false", parse=lambda key: None))
    look()  # the database would say that it knows no such statement
    assert redis.exists(ARMED)


def test_after_an_outage_all_are_looked_at(look, seats, redis, status, monkeypatch):
    """What was placed meanwhile could not be armed."""
    monkeypatch.setattr(timers, "PAGE", 3)
    look()
    seats.add(*range(1, 11), due_in=60)
    status.trust.lose()
    look()
    assert armed(redis) == 10
    assert status.trust.is_complete


def test_with_redis_away_it_fails_for_its_supervisor(look, redis_server, additions, status):
    redis_server.connected = False
    with pytest.raises(RedisError):
        look()
    assert additions.told == 0
    assert not status.trust.is_complete
