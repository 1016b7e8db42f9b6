"""What becomes of the ids that were heard: closed, tried again, or left to the sweep. Sessions are injected.

What a table in memory cannot show: that a row somebody has locked is passed over, not waited for
(tests/engine/test_races.py), and that what fails undoes its transaction (tests/engine/test_any_kind.py).
"""

from collections.abc import Callable, Iterator
from threading import Event, Thread

import pytest
from prometheus_client import REGISTRY
from sqlalchemy.exc import OperationalError, ProgrammingError

from embedded.process import wait_for
from expiry_listener.batcher import LOCKED_MANY, Batcher
from expiry_listener.closing import Closing
from expiry_listener.inbox import Inbox
from lapse.kind import TRIGGER

PATIENCE = 10.0  # seconds; a bound against hanging, not a measurement


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def sweeps() -> list[str]:
    """One entry for each sweep that was asked for."""
    return []


@pytest.fixture
def batcher(inbox, database, redis, sweeps, status) -> Callable[[Event], Batcher]:
    closing = Closing(redis, lambda: None, bound=6.0)
    return lambda stop: Batcher(inbox, database, closing, lambda: sweeps.append("asked"), status, stop)


@pytest.fixture
def handle(batcher) -> Callable[[], None]:
    """Handle what is in the inbox, and end."""
    stop = Event()
    stop.set()
    return lambda: batcher(stop).run()


@pytest.fixture
def running(batcher) -> Iterator[None]:
    """It runs beside the test."""
    stop = Event()
    thread = Thread(target=batcher(stop).run)
    thread.start()
    yield
    stop.set()
    thread.join()


def duplicates() -> float:
    return REGISTRY.get_sample_value("expiry_duplicates_total", {"kind": "seat"}) or 0


def closed_by(path: str) -> float:
    return REGISTRY.get_sample_value("expiries_total", {"kind": "seat", "path": path}) or 0


def test_each_kind_has_its_batch_and_each_id_counts_once(inbox, seats, tables, handle):
    seats.add(1, 2, due_in=-1)
    tables.add(1, due_in=-1)
    for kind, id in ((seats.kind, 1), (tables.kind, 1), (seats.kind, 2), (seats.kind, 1)):
        inbox.put(kind, id)
    before = duplicates()
    handle()
    assert (seats.open_ids(), tables.open_ids(), duplicates()) == ([], [], before)


def test_what_told_of_it_is_said_and_heard_and_handed_over_is_one(inbox, seats, handle, database):
    seats.add(1, due_in=-1)
    before, duplicated = closed_by("nudge"), duplicates()
    inbox.put(seats.kind, 1, "nudge")
    inbox.put(seats.kind, 1)
    handle()
    assert (closed_by("nudge"), duplicates(), database.info[TRIGGER]) == (before + 1, duplicated, "nudge")


def test_what_is_no_longer_open_is_counted_and_forgotten(inbox, seats, handle, sweeps):
    seats.add(1, due_in=-1)
    seats.rows[1].open = False
    before = duplicates()
    for id in (1, 77):
        inbox.put(seats.kind, id)
    handle()
    assert (duplicates(), sweeps) == (before + 2, [])


def test_what_came_early_is_tried_at_its_deadline(inbox, seats, running):
    seats.add(1, due_in=0.3)
    inbox.put(seats.kind, 1)
    assert wait_for(lambda: seats.open_ids() == [], PATIENCE)


def test_what_was_locked_is_tried_again(inbox, seats, running):
    seats.add(1, due_in=-1, locked=True)
    inbox.put(seats.kind, 1)
    assert wait_for(lambda: len(inbox) == 0, PATIENCE)
    seats.rows[1].locked = False
    assert wait_for(lambda: seats.open_ids() == [], PATIENCE)


def test_many_that_were_locked_are_left_to_a_sweep(inbox, seats, handle, sweeps):
    seats.add(*range(LOCKED_MANY + 1), due_in=-1, locked=True)
    for id in seats.rows:
        inbox.put(seats.kind, id)
    handle()
    assert sweeps == ["asked"]


def test_a_kind_that_fails_keeps_no_other_from_its_batch(inbox, seats, tables, handle, sweeps, status):
    seats.raises = ProgrammingError("UPDATE", {}, type("Missing", (Exception,), {"pgcode": "42P01"})())
    tables.add(1, due_in=-1)
    inbox.put(seats.kind, 1)
    inbox.put(tables.kind, 1)
    handle()
    assert tables.open_ids() == []
    assert list(status.failing) == [("seat", "events")]
    assert sweeps == ["asked"]  # what was heard of it is forgotten here
    inbox.put(seats.kind, 1)
    handle()
    assert sweeps == ["asked"]  # but once: the sweep would fail as well
    seats.raises = None
    inbox.put(seats.kind, 1)
    handle()
    assert status.failing == {}


def test_in_an_outage_every_batch_is_left_to_a_sweep_and_the_supervisor_is_told(
    inbox, seats, tables, database, handle, sweeps
):
    database.away = OperationalError("UPDATE", {}, Exception("the database is away"))
    inbox.put(seats.kind, 1)
    inbox.put(tables.kind, 1)
    with pytest.raises(OperationalError):
        handle()
    assert sweeps == ["asked", "asked"]
    assert len(inbox) == 0


def test_with_redis_away_it_closes_all_the_same(inbox, seats, handle, redis_server):
    redis_server.connected = False
    seats.add(1, due_in=-1)
    inbox.put(seats.kind, 1)
    handle()
    assert seats.open_ids() == []
