"""Arming, disarming and resync on fakeredis.

What it cannot show, and tests/engine/test_any_kind.py does: that Redis announces a key that expired, that the SQL
finds the right rows, and that all of it works in a cluster (tests/engine/test_topologies.py).
"""

from uuid import UUID

import pytest
from redis.exceptions import RedisError

from lapse import timers
from lapse.kind import Kind
from lapse.registry import Timeouts
from tests.fast.table import Database, Table

DEADLINES = "house:deadlines:seat"


def key(id) -> str:
    return f"house:timer:seat:{id}"


def test_armed_is_what_is_open_and_not_yet_due(database, seats, redis):
    seats.add(1, 2, due_in=60)
    seats.add(3, due_in=-1)
    seats.add(4, due_in=60)
    seats.rows[4].open = False
    seats.kind.arm(database, redis, [1, 2, 3, 4, 5])
    assert sorted(redis.keys("house:timer:*")) == [key(1).encode(), key(2).encode()]
    assert 59_000 < redis.pttl(key(1)) <= 60_001
    deadline = int(seats.rows[1].due * 1000)
    assert redis.get(key(1)) == str(deadline).encode()
    assert redis.zscore(DEADLINES, key(1)) == deadline
    assert timers.pending(redis, seats.kind) == 2


def test_arming_again_changes_nothing_but_a_deadline_that_moved(database, seats, redis):
    seats.add(1, due_in=60)
    for _ in range(2):
        seats.kind.arm(database, redis, [1])
    assert redis.zcard(DEADLINES) == 1
    seats.add(1, due_in=600)
    seats.kind.arm(database, redis, [1])
    assert redis.pttl(key(1)) > 590_000
    assert redis.zscore(DEADLINES, key(1)) == int(seats.rows[1].due * 1000)


def test_more_than_one_pipeline_holds_are_armed(database, seats, redis):
    seats.add(*range(250), due_in=60)
    seats.kind.arm(database, redis, range(250))
    assert timers.pending(redis, seats.kind) == 250


def test_disarmed_leaves_nothing_behind_and_touches_no_other(database, seats, tables, redis):
    for table in (seats, tables):
        table.add(1, 2, due_in=60)
        table.kind.arm(database, redis, [1, 2])
    seats.kind.disarm(redis, [1])
    seats.kind.disarm(redis, [1, 77])
    seats.kind.disarm(redis, [])
    assert sorted(redis.keys("house:timer:*")) == [
        b"house:timer:seat:2", b"house:timer:table:1", b"house:timer:table:2",
    ]  # fmt: skip
    assert redis.zrange(DEADLINES, 0, -1) == [key(2).encode()]


def test_another_registry_has_keys_of_its_own_and_ids_may_be_uuids(redis):
    id = UUID(int=7)
    kind = Timeouts("other").add(Kind("seat", table="s", due="d", open="o", close="o = false", ids=UUID))
    rows = Table(kind)
    rows.add(id, due_in=60)
    kind.arm(Database(rows), redis, [id])
    assert sorted(redis.keys("*")) == [b"other:deadlines:seat", f"other:timer:seat:{id}".encode()]
    assert kind.parse(f"other:timer:seat:{id}".encode()) == id


def test_resync_arms_what_is_missing_page_by_page(database, seats, redis, monkeypatch):
    monkeypatch.setattr(timers, "PAGE", 2)
    for id in range(1, 6):
        seats.add(id, due_in=60 + id)
    seats.kind.arm(database, redis, range(1, 6))
    kept = redis.pttl(key(5))
    redis.delete(key(1), key(4))
    redis.pexpire(key(5), 5_000)  # it is there: nobody looks at when it ends
    cursor, pages = timers.start(seats.kind), 0
    while pages == 0 or cursor != timers.start(seats.kind):
        cursor = timers.resync(database, redis, seats.kind, cursor)
        pages += 1
    assert pages == 3
    assert redis.exists(key(1), key(4)) == 2
    assert redis.pttl(key(5)) <= 5_000 < kept


def test_what_is_set_elsewhere_is_known_by_its_deadlines(database, seats):
    seats.add(1, due_in=60)
    deadline = int(seats.rows[1].due * 1000)
    assert timers.are_set(database, seats.kind, {1: deadline, 2: 5})
    assert not timers.are_set(database, seats.kind, {1: deadline + 1})


def test_with_redis_away_it_is_the_caller_who_is_told(database, seats, redis, redis_server):
    seats.add(1, due_in=60)
    redis_server.connected = False
    with pytest.raises(RedisError):
        seats.kind.arm(database, redis, [1])
    with pytest.raises(RedisError):
        seats.kind.disarm(redis, [1])
    with pytest.raises(RedisError):
        timers.resync(database, redis, seats.kind, timers.start(seats.kind))
    redis_server.connected = True
    assert redis.dbsize() == 0
