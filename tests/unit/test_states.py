"""The table of transitions: what it must not lack, and that its drawing is the newest."""

import pytest

from shared import orders
from shared.order_status import OrderStatus, transition_by
from tests import states


def test_the_drawing_is_the_newest():
    assert states.FILE.read_text() == states.drawing(), "run `make states`"


def test_each_change_is_there_once_and_by_a_verb_that_exists():
    changes = [(each.before, each.after) for each in OrderStatus.TRANSITIONS]
    assert len(set(changes)) == len(changes)
    assert {each.verb for each in OrderStatus.TRANSITIONS} <= set(orders.__all__)


def test_a_verb_with_several_transitions_is_not_one_transition():
    assert transition_by("cancel").after is OrderStatus.CANCELLED
    for verb in ("settle", "place", "no such verb"):
        with pytest.raises(ValueError, match="values to unpack"):
            transition_by(verb)


def test_every_state_is_reached_and_money_back_is_the_end():
    reached = {None}
    for _ in OrderStatus:
        reached |= {each.after for each in OrderStatus.TRANSITIONS if each.before in reached}
    assert reached == {None, *OrderStatus}
    assert not [each for each in OrderStatus.TRANSITIONS if each.before is OrderStatus.REFUNDED]
