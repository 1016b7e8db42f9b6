"""The sweep over kinds in memory: who is swept when another fails, and what a sweep leaves in Redis.

What it cannot show: locking, and the SQL itself (tests/engine/test_races.py and test_any_kind.py).
"""

import logging
from collections.abc import Callable, Iterator
from threading import Event, Thread

import pytest
from redis.exceptions import TimeoutError
from sqlalchemy.exc import OperationalError, ProgrammingError

from embedded.process import wait_for
from expiry_listener.closing import Closing
from expiry_listener.sweeper import Sweeper
from lapse import batches
from lapse.clock import DatabaseClock

PATIENCE = 10.0  # seconds; a bound against hanging, not a measurement
BAD_SQL = ProgrammingError("SELECT", {}, type("Missing", (Exception,), {"pgcode": "42P01"})())


@pytest.fixture
def schema_problems() -> list[str]:
    """Why nothing can work on this database; the first of it."""
    return []


@pytest.fixture
def stop() -> Event:
    return Event()


@pytest.fixture
def sweeper(timeouts, database, redis, status, schema_problems, stop) -> Sweeper:
    def problem(_) -> str | None:
        return next(iter(schema_problems), None)

    return Sweeper(timeouts, database, DatabaseClock(), status, Closing(redis, lambda: None, bound=6.0), problem, stop)


@pytest.fixture
def sweep(sweeper, stop) -> Iterator[Callable[[], None]]:
    """Sweep, and return when that is over; it is the only sweep that is asked for."""
    thread = Thread(target=sweeper.run)

    def once() -> None:
        sweeper.request()
        if not thread.is_alive():
            thread.start()
        assert wait_for(lambda: sweeper.is_resting, PATIENCE)

    yield once
    stop.set()
    sweeper.request()
    if thread.ident:
        thread.join()


def test_all_kinds_are_swept_batch_by_batch(sweep, seats, tables, monkeypatch):
    monkeypatch.setattr(batches, "SWEEP_BATCH", 2)
    seats.add(*range(5), due_in=-1)
    seats.add(7, due_in=60)
    tables.add(1, due_in=-1)
    sweep()
    assert (seats.open_ids(), tables.open_ids()) == ([7], [])


def test_what_is_later_than_promised_is_a_warning(sweep, seats, caplog):
    caplog.set_level(logging.INFO)
    for due_in in (-5.0, -83.0):
        seats.add(1, due_in=due_in)
        sweep()
    assert [(each.levelno, each.closed) for each in caplog.records if each.msg == "batch"] == [
        (logging.INFO, 1),
        (logging.WARNING, 1),
    ]


def test_timers_that_no_event_removed_are_removed(sweep, seats, database, redis):
    seats.add(1, 2, due_in=60)
    seats.kind.arm(database, redis, [1, 2])
    seats.rows[1].due -= 90
    sweep()
    assert redis.keys("house:timer:*") == [b"house:timer:seat:2"]
    assert redis.zrange("house:deadlines:seat", 0, -1) == [b"house:timer:seat:2"]


def test_with_redis_away_it_sweeps_all_the_same(sweep, seats, redis_server, caplog):
    redis_server.connected = False
    seats.add(1, due_in=-1)
    sweep()
    assert seats.open_ids() == []
    assert "kind seat: redis was not told of a batch" in caplog.text


def test_a_redis_that_did_not_answer_one_hook_is_not_waited_for_by_the_next(sweep, seats, caplog):
    asked, told = [], []

    @seats.kind.afterwards
    def wait_in_vain(redis, batch):
        asked.append(batch)
        raise TimeoutError("Timeout reading from socket")

    @seats.kind.afterwards
    def ask_too(redis, batch):
        redis.ping()
        asked.append(batch)

    @seats.kind.afterwards
    def need_no_redis(redis, batch):
        told.append(batch)

    seats.add(1, due_in=-1)
    sweep()
    assert (len(asked), len(told)) == (1, 1)
    assert caplog.text.count("kind seat: redis was not told of a batch") == 2


@pytest.mark.parametrize("error", [BAD_SQL, KeyError("rows")])
def test_a_kind_that_fails_is_passed_over_until_it_heals(sweep, seats, tables, status, error):
    seats.raises = error
    for table in (seats, tables):
        table.add(1, due_in=-1)
    sweep()
    assert (seats.open_ids(), tables.open_ids()) == ([1], [])
    assert list(status.failing) == [("seat", "sweep")]
    seats.raises = None
    sweep()
    assert (seats.open_ids(), status.failing) == ([], {})


def test_it_finds_out_whether_events_would_work_again(sweep, seats, status):
    """There may be no event of the kind for hours."""
    with status.isolating(seats.kind, "events"):
        raise BAD_SQL
    sweep()
    assert status.failing == {}


def test_a_closing_that_closes_nothing_is_no_endless_sweep(sweep, seats, tables, status):
    seats.stays_open = True
    for table in (seats, tables):
        table.add(1, due_in=-1)
    sweep()
    assert tables.open_ids() == []
    assert "does closing make `open` false?" in status.failing["seat", "sweep"]


def test_what_was_locked_is_looked_at_again_soon(sweep, seats):
    seats.add(1, due_in=-1, locked=True)
    sweep()
    assert seats.open_ids() == [1]
    seats.rows[1].locked = False
    assert wait_for(lambda: seats.open_ids() == [], PATIENCE)  # the interval is an hour


def test_without_migrations_nothing_is_swept(sweep, seats, status, schema_problems):
    schema_problems.append("database: migrate it")
    seats.add(1, due_in=-1)
    sweep()
    assert (seats.open_ids(), status.schema_problem) == ([1], "database: migrate it")
    schema_problems.clear()
    sweep()
    assert (seats.open_ids(), status.schema_problem) == ([], None)


def test_with_the_database_away_the_supervisor_is_told_and_no_kind_blamed(sweeper, database, status):
    database.away = OperationalError("SELECT", {}, Exception("away"))
    with pytest.raises(OperationalError):
        sweeper.run()
    assert (status.failing, status.swept, sweeper.is_resting) == ({}, None, False)
