"""When Redis is trusted to tell of every deadline, by an injected clock."""

from expiry_listener.trust import LOOK_WITHIN, Trust


def test_it_is_trusted_while_each_primary_is_looked_at(trust, ticks):
    assert not trust.is_given
    trust.look("p")
    assert trust.is_given
    trust.follow("q")
    assert not trust.is_given
    trust.look("q")
    ticks.now += LOOK_WITHIN * 0.9
    trust.look("p")
    assert trust.is_given
    ticks.now += LOOK_WITHIN * 0.2  # the look at q hangs
    assert not trust.is_given
    assert trust.is_complete  # nothing is known to be lost


def test_what_was_lost_counts_until_all_was_compared_since(trust, ticks):
    trust.look("p")
    before = ticks.now
    ticks.now += 1
    trust.lose()
    trust.look("p")
    assert not trust.is_given
    trust.compare(before)  # it began before the loss
    assert not trust.is_complete
    trust.compare(ticks.now)
    assert trust.is_given


def test_a_primary_that_is_gone_may_have_taken_timers_with_it(trust, ticks):
    trust.compare(ticks.now)
    ticks.now += 1
    trust.forget("p")
    trust.look("p")  # a look that was under way is none at the next primary
    trust.compare(ticks.now)
    assert trust.is_complete
    assert not trust.is_given


def test_before_a_primary_is_known_it_is_not_trusted(ticks):
    assert not Trust(ticks).is_given
