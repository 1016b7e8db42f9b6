"""The nudge on fakeredis, which deletes an expired key when it is read, as Redis does.

What it cannot show: that a key nobody reads stays unannounced for minutes, and is announced when touched
(tests/engine/test_listener.py, `test_among_many_other_keys_the_nudge_finds_those_that_are_due`).
"""

from collections.abc import Callable
from threading import Event
from time import sleep

import pytest
from redis.exceptions import RedisError

from expiry_listener.inbox import Inbox
from expiry_listener.nudger import CHUNK, GIVE_UP_AFTER, LONGEST_SLEEP, LONGEST_STUCK, SHORTEST_SLEEP, Nudger
from expiry_listener.primary import Primary
from expiry_listener.unheard import PATIENCE, QUIET, Unheard

DEADLINES = "house:deadlines:seat"
ARMED = "house:armed"
NOW = 1_000_000


class Clock:
    """Says what it is told to say."""

    is_set = True
    now = NOW

    def milliseconds(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def unheard(ticks) -> Unheard:
    return Unheard(ticks)


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def make(redis, timeouts, clock, unheard, trust, inbox) -> Callable[[Event], Nudger]:
    """A nudger with that stop; Redis has what it was given."""
    redis.set(ARMED, 1)
    return lambda stop: Nudger(redis, Primary("p", redis), timeouts, clock, unheard, trust, inbox, stop)


@pytest.fixture
def nudger(make) -> Nudger:
    return make(Event())


def test_with_nothing_to_come_it_sleeps_its_longest(nudger):
    assert nudger.nudge() == LONGEST_SLEEP


def test_what_is_due_and_gone_is_forgotten_and_looked_at_again_at_once(nudger, redis):
    redis.set("a", 1, px=1)
    sleep(0.002)
    redis.zadd(DEADLINES, {"a": NOW, "never there": NOW - 5, "later": NOW + 1})
    assert nudger.nudge() == 0
    assert redis.zrange(DEADLINES, 0, -1) == [b"later"]


@pytest.mark.parametrize(("ahead", "sleep"), [(20, 0.02), (1, SHORTEST_SLEEP), (60_000, LONGEST_SLEEP)])
def test_it_sleeps_until_the_head_is_due(nudger, redis, ahead, sleep):
    redis.zadd(DEADLINES, {"far": NOW + 90_000, "head": NOW + ahead})
    assert nudger.nudge() == sleep


def test_the_nearest_of_several_kinds_counts(nudger, redis):
    redis.zadd(DEADLINES, {"a": NOW + 40})
    redis.zadd("house:deadlines:table", {"b": NOW + 10})
    assert nudger.nudge() == 0.01


def test_a_timer_that_outlives_its_deadline_is_touched_ever_slower_and_given_up(nudger, redis, clock):
    """Redis' clock runs behind the database's: it must be touched until it is gone."""
    redis.set("a", 1, px=100_000)
    redis.zadd(DEADLINES, {"a": NOW})
    pauses = [nudger.nudge() for _ in range(6)]
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (2 * SHORTEST_SLEEP, LONGEST_STUCK)
    assert redis.zcard(DEADLINES) == 1
    clock.now = NOW + GIVE_UP_AFTER + 1
    assert nudger.nudge() == 0
    assert redis.zcard(DEADLINES) == 0
    assert redis.exists("a") == 1


def test_after_one_is_gone_the_next_is_not_punished_for_it(nudger, redis):
    redis.set("a", 1, px=100_000)
    redis.zadd(DEADLINES, {"a": NOW})
    assert [nudger.nudge() for _ in range(4)][-1] > 2 * SHORTEST_SLEEP
    redis.delete("a")
    assert nudger.nudge() == 0
    redis.set("b", 1)
    redis.zadd(DEADLINES, {"b": NOW})
    assert nudger.nudge() == 2 * SHORTEST_SLEEP


def test_a_crowd_is_taken_in_chunks(nudger, redis):
    redis.zadd(DEADLINES, {str(number): NOW for number in range(CHUNK + 5)})
    assert nudger.nudge() == 0
    assert redis.zcard(DEADLINES) == 5
    assert nudger.nudge() == 0
    assert redis.zcard(DEADLINES) == 0


def test_what_was_touched_and_not_heard_of_it_hands_over_itself(nudger, redis, inbox, seats, unheard, ticks):
    redis.zadd(DEADLINES, {"house:timer:seat:1": NOW, "house:timer:seat:2": NOW, "nobody's": NOW})
    assert nudger.nudge() == 0
    unheard.hear(b"house:timer:seat:2")
    ticks.now += PATIENCE / 2
    assert nudger.nudge() == QUIET  # it looks again soon, whatever the deadlines say
    assert len(inbox) == 0
    ticks.now += PATIENCE
    assert nudger.nudge() == LONGEST_SLEEP
    assert inbox.next_batch(0) == {(seats.kind, "nudge"): [1]}


def test_a_timer_that_is_given_up_is_no_event_that_was_lost(nudger, redis, clock, unheard):
    redis.set("a", 1)
    redis.zadd(DEADLINES, {"a": NOW})
    clock.now = NOW + GIVE_UP_AFTER + 1
    nudger.nudge()
    assert (redis.zcard(DEADLINES), len(unheard)) == (0, 0)


def test_it_says_that_it_looks_and_that_redis_was_emptied(nudger, redis, trust):
    assert not trust.is_given
    nudger.nudge()
    assert trust.is_given
    redis.flushall()
    nudger.nudge()
    assert not trust.is_given


def test_with_redis_away_it_fails_for_its_supervisor(nudger, redis_server, trust):
    nudger.nudge()
    redis_server.connected = False
    with pytest.raises(RedisError):
        nudger.run()
    assert not trust.is_complete


def test_before_the_database_said_the_time_nothing_is_touched(make, redis, clock):
    class Tick(Event):
        def wait(self, timeout: float | None = None) -> bool:
            assert timeout == LONGEST_SLEEP
            return True

    clock.is_set = False
    redis.zadd(DEADLINES, {"a": NOW})
    make(Tick()).run()
    assert redis.zcard(DEADLINES) == 1
