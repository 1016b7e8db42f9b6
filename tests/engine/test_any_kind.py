"""Lapse as a library: kinds on tables that know no shop, with ids of both types, on both drivers."""

import subprocess
import sys
from collections.abc import Iterator
from uuid import UUID

import pytest

from config import ROOT
from lapse import batches, open_sessions
from lapse.kind import Kind
from lapse.registry import Timeouts
from tests.conftest import administrate, sibling
from tests.engine.bookings import Bookings, note
from tests.engine.conftest import eventually

DRIVERS = ["postgresql", "postgresql+psycopg"]


@pytest.fixture(params=DRIVERS)
def bookings(request, ids, empty_database, redis) -> Iterator[Bookings]:
    """The table, on each driver, with ids of the type that `ids` says."""
    sessions = open_sessions(empty_database.replace("postgresql", request.param, 1))
    yield Bookings(sessions, ids).create()
    sessions.kw["bind"].dispose()


@pytest.fixture(params=[int, UUID], ids=["int", "uuid"])
def ids(request) -> type:
    return request.param


@pytest.fixture
def timeouts() -> Timeouts:
    return Timeouts("house")


@pytest.fixture
def booking(bookings, timeouts) -> Kind:
    kind = timeouts.add(bookings.kind())
    kind.within(note)
    return kind


def test_its_own_driver_is_used(bookings, request):
    asked = request.node.callspec.params["bookings"]
    assert bookings.sessions.kw["bind"].dialect.driver == (asked.partition("+")[2] or "psycopg2")


def test_it_is_closed_by_its_event_with_all_that_belongs_to_it(bookings, booking, timeouts, redis, run_listener):
    told: list[tuple[str, set]] = []

    @booking.afterwards
    def tell(redis, batch) -> None:
        ids = {each.id for each in batch}
        assert not bookings.held() & ids  # another session sees it: it is committed
        told.append((batch.trigger, ids))

    run_listener(timeouts, bookings.sessions)
    held = bookings.hold(3, due_in=1)
    with bookings.sessions() as session:
        booking.arm(session, redis, held)
    assert all(redis.pttl(booking.key(id)) > 0 for id in held)
    eventually(lambda: set().union(*(ids for _, ids in told)) == set(held))
    assert {trigger for trigger, _ in told} <= {"event", "nudge"}
    assert bookings.noted() == set(map(str, held))
    eventually(lambda: redis.zcard(timeouts.keys.deadlines("booking")) == 0)


def test_it_is_closed_on_time_though_redis_was_emptied(bookings, booking, timeouts, redis, run_listener):
    """Nothing is armed anew and there is no sweep within the hour: its deadline is followed in PostgreSQL."""
    listener = run_listener(timeouts, bookings.sessions)
    held = bookings.hold(3, due_in=0.5)
    redis.flushall()
    eventually(lambda: not bookings.held())
    assert bookings.noted() == set(map(str, held))
    assert listener.status.failing == {}


def test_it_is_put_back_after_redis_was_emptied(bookings, booking, timeouts, redis, run_listener):
    run_listener(timeouts, bookings.sessions, 0.3)
    [held] = bookings.hold(due_in=300)
    eventually(lambda: redis.exists(booking.key(held)))  # nobody armed it, and that is found as well
    redis.flushall()
    eventually(lambda: redis.exists(booking.key(held)))
    assert 290 < redis.ttl(booking.key(held)) <= 300
    booking.disarm(redis, [held])
    assert not redis.exists(booking.key(held), timeouts.keys.deadlines("booking"))


def test_it_is_found_by_the_sweep(bookings, booking, timeouts, run_listener):
    later = bookings.hold(due_in=60)
    bookings.hold(20)
    run_listener(timeouts, bookings.sessions)
    assert bookings.held() == set(later)
    assert len(bookings.noted()) == 20


def test_what_happens_within_is_undone_with_the_closing(bookings, booking, caplog):
    """One whose hook raises is put aside; what its note and those of its batch had become is undone, and done anew."""
    held = bookings.hold(6)

    @booking.within
    def refuse_one(session, closed) -> None:
        if held[3] in {each.id for each in closed}:
            raise KeyError("no such guest")

    batch = batches.run(bookings.sessions, booking, held, "event")
    assert {each.id for each in batch} == set(held) - {held[3]}
    assert bookings.held() == {held[3]}
    assert bookings.noted() == set(map(str, held)) - {str(held[3])}
    assert bookings.texts("SELECT subject_id FROM quarantined_timeouts") == {str(held[3])}
    assert bookings.texts("SELECT error FROM quarantined_timeouts") == {"KeyError: 'no such guest'"}
    [record] = caplog.records
    assert record.exc_info
    assert "refuse_one" in caplog.text


@pytest.fixture
def other_database(postgres) -> Iterator[str]:
    administrate(postgres, "CREATE DATABASE garden OWNER lapse")
    yield sibling(postgres.url, "garden")
    administrate(postgres, "DROP DATABASE garden WITH (FORCE)")


def test_two_registries_share_one_redis_and_do_not_disturb_each_other(
    empty_database, other_database, redis, run_listener
):
    """Both have a kind and ids of the same names; what one closes the other has yet to wait for."""
    houses = [Bookings(open_sessions(url)).create() for url in (empty_database, other_database)]
    registries = [Timeouts(prefix) for prefix in ("house", "garden")]
    kinds = [timeouts.add(house.kind()) for timeouts, house in zip(registries, houses, strict=True)]
    listeners = [
        run_listener(timeouts, house.sessions, 0.3) for timeouts, house in zip(registries, houses, strict=True)
    ]
    [[soon], [late]] = [house.hold(due_in=due) for house, due in zip(houses, (1, 300), strict=True)]
    assert soon == late == 1
    for house, kind in zip(houses, kinds, strict=True):
        with house.sessions() as session:
            kind.arm(session, redis, [1])
    redis.publish("__keyevent@0__:expired", kinds[1].key(1))  # too early
    eventually(lambda: houses[0].held() == set())
    assert houses[1].held() == {1}
    redis.flushall()
    eventually(lambda: redis.exists(kinds[1].key(1)))
    assert not redis.exists(kinds[0].key(1))
    assert [each.status.problems() + each.status.warnings() for each in listeners] == [[], []]
    for listener, house in zip(listeners, houses, strict=True):
        listener.stop()
        house.sessions.kw["bind"].dispose()


@pytest.mark.processes
@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["nonsense"], "nonsense: name a registry as module:registry, such as seats:timeouts"),
        (["nomodule:x"], "nomodule:x: there is no module nomodule"),
        (["json:loads"], "json:loads: loads in json is no Timeouts"),
        (["a:b", "c:d"], "usage: python -m expiry_listener [module:registry]"),
        (["shared.timeouts:TIMEOUTS"], "DATABASE_URL: must be set for shared.timeouts:TIMEOUTS"),
    ],
)
def test_what_cannot_be_run_is_said_in_one_line(arguments, line, monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    command = [sys.executable, "-m", "expiry_listener", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr, done.stdout) == (1, line + "\n", "")
