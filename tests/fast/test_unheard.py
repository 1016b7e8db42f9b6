"""Which touched timers count as lost: by an injected clock, in whatever order touch and event come."""

import pytest

from expiry_listener.unheard import LIMIT, LONGEST, PATIENCE, QUIET, Unheard


@pytest.fixture
def unheard(ticks) -> Unheard:
    return Unheard(ticks)


def test_what_is_not_heard_of_within_a_moment_is_lost_once(unheard, ticks):
    unheard.touch([b"a", b"b"])
    ticks.now += PATIENCE / 2
    unheard.touch([b"c"])
    assert unheard.take_lost() == []
    ticks.now += PATIENCE * 0.6
    assert unheard.take_lost() == [b"a", b"b"]
    assert unheard.take_lost() == []
    assert len(unheard) == 1


@pytest.mark.parametrize("touched_first", [True, False])
def test_what_is_heard_of_is_not_lost(unheard, ticks, touched_first):
    """Redis deletes some by itself, before the touch."""
    steps = [lambda: unheard.touch([b"a"]), lambda: unheard.hear(b"a")]
    for step in steps if touched_first else reversed(steps):
        step()
    ticks.now += LONGEST * 2
    assert unheard.take_lost() == []


def test_it_says_how_long_an_event_took(unheard, ticks):
    unheard.touch([b"a"])
    ticks.now += 0.002
    assert unheard.hear(b"a") == pytest.approx(0.002)
    assert unheard.hear(b"b") is None  # Redis deleted it by itself


def test_an_event_of_long_ago_is_not_that_of_this_touch(unheard, ticks):
    """An order that was recovered has the same key again."""
    unheard.hear(b"a")
    ticks.now += LONGEST * 1.1
    unheard.touch([b"a"])
    ticks.now += PATIENCE * 1.1
    assert unheard.take_lost() == [b"a"]


def test_while_the_subscriber_is_behind_there_is_more_patience(unheard, ticks):
    unheard.touch([b"a"])
    began = ticks.now
    while ticks.now < began + LONGEST * 0.9:
        ticks.now += QUIET / 2
        unheard.hear(b"other")
        assert unheard.take_lost() == []
    ticks.now += QUIET * 1.1
    assert unheard.take_lost() == [b"a"]


def test_that_patience_has_an_end(unheard, ticks):
    unheard.touch([b"a"])
    ticks.now += LONGEST * 1.1
    unheard.hear(b"other")
    assert unheard.take_lost() == [b"a"]


def test_it_keeps_no_more_than_the_newest(unheard, ticks):
    unheard.touch(b"%d" % number for number in range(LIMIT + 5))
    assert len(unheard) == LIMIT
    for number in range(LIMIT + 5):
        unheard.hear(b"early %d" % number)
    ticks.now += PATIENCE * 1.1
    unheard.touch([b"early 4", b"early 5"])
    lost = unheard.take_lost()
    assert lost[0] == b"6"
    ticks.now += PATIENCE * 1.1
    assert unheard.take_lost() == [b"early 4"]
