"""The deadlines in PostgreSQL, followed while Redis is not trusted: sweeps are asked for when something is due.

What it cannot show: that the sweep closes what it was asked for, with Redis away (tests/engine/test_no_event.py).
"""

from collections.abc import Callable
from threading import Event

import pytest
from sqlalchemy.exc import OperationalError, ProgrammingError

from expiry_listener.deadline_watch import LONGEST_SLEEP, SHORTEST_SLEEP, DeadlineWatch

BAD_SQL = ProgrammingError("SELECT", {}, Exception("no such table"))


@pytest.fixture
def sweeps() -> list[str]:
    """One entry for each sweep that was asked for."""
    return []


@pytest.fixture
def look(timeouts, database, status, ticks, sweeps) -> Callable[[], float]:
    """Let it look once."""
    return DeadlineWatch(timeouts, database, status, lambda: sweeps.append("asked"), Event(), ticks).look


def rely_on_redis(status) -> None:
    status.trust.follow("p")
    status.trust.look("p")


def test_while_redis_is_trusted_nobody_is_asked(look, status, sweeps, database):
    rely_on_redis(status)
    database.away = OperationalError("SELECT", {}, Exception("not to be asked"))
    assert look() == SHORTEST_SLEEP
    assert sweeps == []


def test_when_trust_is_gone_it_sweeps_at_once_and_then_at_the_next_deadline(look, seats, tables, sweeps, ticks):
    seats.add(1, due_in=300)
    tables.add(1, due_in=200)
    tables.add(2, due_in=-1)
    assert look() == LONGEST_SLEEP
    assert sweeps == ["asked"]  # what fell due before
    look()
    assert sweeps == ["asked"]
    ticks.now += 201
    look()
    assert sweeps == ["asked", "asked"]


def test_it_sleeps_until_the_next_deadline(look, seats):
    seats.add(1, due_in=0.08)
    assert SHORTEST_SLEEP < look() <= 0.08


def test_deadlines_in_a_row_are_one_sweep(look, seats):
    seats.add(*range(20), due_in=0.01)
    assert look() == SHORTEST_SLEEP


def test_with_nothing_to_come_it_does_not_sweep_again(look, sweeps, ticks):
    for _ in range(3):
        assert look() == LONGEST_SLEEP
        ticks.now += LONGEST_SLEEP
    assert sweeps == ["asked"]


def test_a_nearer_deadline_that_was_written_meanwhile_counts(look, seats, sweeps, ticks):
    seats.add(1, due_in=300)
    look()
    seats.add(2, due_in=50)
    look()
    ticks.now += 51
    look()
    assert sweeps == ["asked", "asked"]


def test_a_kind_that_fails_hides_no_other(look, seats, tables, status, sweeps, ticks):
    seats.raises = BAD_SQL
    tables.add(1, due_in=200)
    look()
    ticks.now += 201
    look()
    assert sweeps == ["asked", "asked"]
    assert list(status.failing) == [("seat", "watch")]
    rely_on_redis(status)
    look()
    assert status.failing == {}  # whether the kind works, the sweep says


def test_with_the_database_away_the_supervisor_is_told(look, database):
    database.away = OperationalError("SELECT", {}, Exception("away"))
    with pytest.raises(OperationalError):
        look()
