"""A kind that fails, however it does, keeps no other from its time: those before it and after it go on."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import pytest

from lapse import open_sessions
from lapse.batches import MOST_ALONE
from lapse.kind import Kind, TimedOut
from lapse.registry import Timeouts
from tests.engine.bookings import Bookings
from tests.engine.conftest import eventually

MANY = MOST_ALONE + 2  # so many that fail alike are the kind's fault


@dataclass
class House:
    """Three tables, whose kinds are swept in this order; that of `bad` fails."""

    first: Bookings
    bad: Bookings
    last: Bookings

    def execute(self, statement: str) -> None:
        self.bad.execute(statement)


@pytest.fixture
def house(empty_database, redis) -> Iterator[House]:
    sessions = open_sessions(empty_database)
    yield House(*(Bookings(sessions, table=name).create() for name in ("first", "bad", "last")))
    sessions.kw["bind"].dispose()


Fault = tuple[Kind, Callable[[], object]]
"""A kind that fails, and what mends it."""


def missing_table(house: House) -> Fault:
    house.execute("ALTER TABLE bad RENAME TO elsewhere")
    return house.bad.kind("bad"), partial(house.execute, "ALTER TABLE elsewhere RENAME TO bad")


def bad_condition(house: House) -> Fault:
    add = "ALTER TABLE bad ADD COLUMN is_open boolean NOT NULL DEFAULT true"
    return house.bad.kind("bad", open="is_open", close="is_open = false, status = 'released'"), partial(
        house.execute, add
    )


def broken_verb(house: House) -> Fault:
    works = house.bad.kind("closes")
    mended: list[bool] = []

    def verb(session, ids) -> list[TimedOut]:
        if not mended:
            raise KeyError("rows")
        return [TimedOut(*row) for row in session.execute(works.statements.close, {"ids": list(ids)})]

    def mend() -> None:
        mended.append(True)
        house.execute("UPDATE quarantined_timeouts SET retry_at = now()")

    return house.bad.kind("bad", time_out=verb), mend


def closing_that_closes_nothing(house: House) -> Fault:
    house.execute("CREATE TABLE setting (status text)")
    house.execute("INSERT INTO setting VALUES ('held')")
    kind = house.bad.kind("bad", close="status = (SELECT status FROM setting)")
    return kind, partial(house.execute, "UPDATE setting SET status = 'released'")


FAULTS = {
    missing_table: 'sweep failed, the other kinds go on: ProgrammingError: relation "bad" does not exist',
    bad_condition: 'sweep failed, the other kinds go on: ProgrammingError: column "is_open" does not exist',
    broken_verb: "sweep failed, the other kinds go on: KeyError: 'rows'",
    closing_that_closes_nothing: "does closing make `open` false?",
}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_the_other_kinds_go_on_and_it_heals_when_it_is_mended(house, redis, run_listener, fault, caplog):
    overdue = [each.hold(MANY) for each in (house.first, house.bad, house.last)]
    kind, mend = fault(house)
    timeouts = Timeouts("house")
    kinds = [timeouts.add(each) for each in (house.first.kind("first"), kind, house.last.kind("last"))]
    listener = run_listener(timeouts, house.bad.sessions, 0.3)

    eventually(lambda: not house.first.held() | house.last.held())  # by the sweep
    eventually(lambda: any(FAULTS[fault] in problem for problem in listener.status.problems()))
    assert all(problem.startswith("kind bad: ") for problem in listener.status.problems())
    is_bug = fault in (broken_verb, closing_that_closes_nothing)
    assert any(record.exc_info for record in caplog.records if "kind bad: sweep" in record.message) is is_bug

    for table, other in ((house.first, kinds[0]), (house.last, kinds[2])):
        redis.publish("__keyevent@0__:expired", kind.key(overdue[1][0]))
        [soon] = table.hold(due_in=0.5)
        with table.sessions() as session:
            other.arm(session, redis, [soon])
        redis.publish("__keyevent@0__:expired", kind.key(overdue[1][1]))
        eventually(lambda table=table: table.held() == set())  # by its event, or the sweep

    mend()
    eventually(lambda: house.bad.held() == set())
    eventually(lambda: listener.status.problems() == [])
    if kind.name not in house.bad.texts("SELECT kind FROM quarantined_timeouts"):
        eventually(lambda: listener.status.warnings() == [])


def test_by_events_alone_the_other_kinds_go_on_as_well(house, redis, run_listener):
    kind, _ = missing_table(house)
    timeouts = Timeouts("house")
    first, _, last = (timeouts.add(each) for each in (house.first.kind("first"), kind, house.last.kind("last")))
    told: list[str] = []
    for other in (first, last):
        other.afterwards(lambda redis, batch: told.append(f"{batch.kind.name} {batch.trigger}"))
    listener = run_listener(timeouts, house.bad.sessions, 3600)
    for table, other in ((house.first, first), (house.last, last)):
        for number in range(3):
            redis.publish("__keyevent@0__:expired", kind.key(number))
        [soon] = table.hold(due_in=0.5)
        with table.sessions() as session:
            other.arm(session, redis, [soon])
        eventually(lambda table=table: table.held() == set())
    eventually(lambda: len(told) == 2)
    assert {each.split()[0] for each in told} == {"first", "last"}
    assert any("kind bad: events failed" in problem for problem in listener.status.problems())


def test_one_subject_that_cannot_be_closed_is_put_aside_and_its_kind_is_well(house, run_listener, caplog):
    held = house.bad.hold(MANY)
    timeouts = Timeouts("house")
    kind = timeouts.add(house.bad.kind("bad"))
    refused = held[4]
    mended: list[bool] = []

    @kind.within
    def refuse(session, closed) -> None:
        if refused in {each.id for each in closed} and not mended:
            raise LookupError("no such guest")

    listener = run_listener(timeouts, house.bad.sessions, 0.3)
    eventually(lambda: house.bad.held() == {refused})
    assert house.bad.texts("SELECT error FROM quarantined_timeouts") == {"LookupError: no such guest"}
    assert listener.status.problems() == []
    [told] = [record for record in caplog.records if "is put aside" in record.message]
    assert told.exc_info
    assert "in refuse" in caplog.text
    mended.append(True)
    house.execute("UPDATE quarantined_timeouts SET retry_at = now()")
    eventually(lambda: house.bad.held() == set())
    eventually(lambda: house.bad.texts("SELECT kind FROM quarantined_timeouts") == set())


def test_timers_in_another_database_are_looked_for_though_a_kind_fails(house, redis, redis_url, run_listener):
    """The last kind's timers are in the wrong database; that the kind before it has no table hides nothing."""
    kind, _ = missing_table(house)
    timeouts = Timeouts("house")
    timeouts.add(kind)
    last = timeouts.add(house.last.kind("last"))
    [later] = house.last.hold(due_in=300)
    elsewhere = type(redis).from_url(redis_url.rpartition("/")[0] + "/1")
    with elsewhere, house.last.sessions() as session:
        last.arm(session, elsewhere, [later])
    listener = run_listener(timeouts, house.bad.sessions, 0.3)
    eventually(lambda: any("holds timers of the same lasts as ours" in each for each in listener.status.warnings()))
