"""What the listener says of itself, and how a kind that fails is kept from the others.

That a kind fails so for real, with PostgreSQL and all threads, is in tests/engine/test_isolation.py.
"""

import logging

import pytest
from redis.exceptions import ConnectionError
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

BAD_SQL = ProgrammingError("SELECT", {}, Exception('relation "seats" does not exist\nLINE 1: SELECT'))


def fail(status, kind, error: Exception, part: str = "sweep") -> None:
    with status.isolating(kind, part):
        raise error


@pytest.fixture
def well(status):
    """All else is well with it."""
    status.swept = float("inf")
    status.set_subscribed("p", True)
    status.hear_canary("p", 0.0)
    assert status.problems() == []
    return status


def test_a_failing_kind_is_named_until_it_heals(well, timeouts):
    seat, table = timeouts
    fail(well, seat, BAD_SQL)
    [line] = well.problems()
    assert line == 'kind seat: sweep failed, the other kinds go on: ProgrammingError: relation "seats" does not exist'
    assert (well.is_failing(seat), well.is_failing(table), well.is_hampered()) == (True, False, True)
    well.works(seat, "events")
    assert well.problems() == [line]  # another part of it went well
    well.works(seat, "sweep")
    assert (well.problems(), well.is_failing(seat), well.is_hampered()) == ([], False, False)


def test_it_is_logged_once_and_a_bug_with_where_it_is(status, timeouts, caplog):
    seat = timeouts["seat"]
    for _ in range(3):
        fail(status, seat, KeyError("rows"))
    fail(status, seat, BAD_SQL, "events")
    assert [record.levelno for record in caplog.records] == [logging.ERROR] * 2
    bug, bad_sql = caplog.records
    assert bug.exc_info
    assert "KeyError" in bug.message
    assert not bad_sql.exc_info


@pytest.mark.parametrize(
    "error", [ConnectionError("away"), OperationalError("SELECT", {}, Exception("away")), PoolTimeout("none is free")]
)
def test_that_a_store_is_away_is_no_kinds_fault(status, timeouts, error):
    with pytest.raises(type(error)):
        fail(status, timeouts["seat"], error)
    assert status.failing == {}


def test_missing_migrations_are_all_that_is_said_then(well, timeouts):
    fail(well, timeouts["seat"], BAD_SQL)
    well.set_schema_problem("database: migrate it")
    assert well.problems() == ["database: migrate it"]


def test_a_primary_that_is_gone_is_no_longer_spoken_of(well):
    well.set_subscribed("q", False)
    well.advise("q", ["redis q: is a replica"])
    assert well.problems() == ["redis q: not subscribed; running on the sweep"]
    assert well.warnings() == ["redis q: is a replica"]
    well.forget("q")
    assert well.problems() == well.warnings() == []


def test_with_no_sweep_and_no_primary_it_is_not_ready(status):
    assert status.problems() == [
        "database: no sweep has succeeded lately; what is overdue waits until it answers",
        "redis: no primary is known yet; running on the sweep",
    ]
