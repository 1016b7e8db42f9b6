"""Kinds and registries: what makes no sense is refused in one line, and every key finds its way back."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from expiry_listener import application
from lapse.kind import Batch, Kind, TimedOut
from lapse.registry import Timeouts

GOOD: dict[str, Any] = {"table": "seats", "due": "held_until", "open": "held", "close": "held = false"}


def kind(name: str = "seat", **more: Any) -> Kind:
    return Kind(name, **GOOD | more)


@pytest.mark.parametrize(
    ("name", "more", "problem"),
    [
        ("", {}, "its name must be"),
        ("Seat", {}, "its name must be"),
        ("seat:1", {}, "its name must be"),
        ("s" * 41, {}, "its name must be"),
        ("seat", {"table": " "}, "`table` is empty"),
        ("seat", {"due": ""}, "`due` is empty"),
        ("seat", {"open": ""}, "`open` is empty"),
        ("seat", {"close": ""}, "either `close`"),
        ("seat", {"time_out": lambda session, ids: []}, "either `close`"),
        ("seat", {"ids": str}, "`ids` must be int or uuid.UUID"),
        ("seat", {"key": lambda id: f"seat:{id}"}, "a `key` of your own needs a `parse`"),
    ],
)
def test_a_kind_that_makes_no_sense_is_refused_by_name(name, more, problem):
    with pytest.raises(ValueError, match=problem) as refusal:
        kind(name, **more)
    assert str(refusal.value).startswith(f"kind {name}: ")
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("prefix", ["", "a b", "a:b", "{a}", "a*", "é", "a" * 41])
def test_a_prefix_that_makes_no_sense_is_refused(prefix):
    with pytest.raises(ValueError, match="a prefix must be"):
        Timeouts(prefix)


def test_two_kinds_of_one_name_and_one_kind_in_two_registries_are_refused():
    timeouts = Timeouts("house")
    seat = timeouts.add(kind())
    with pytest.raises(ValueError, match="there are two kinds named seat"):
        timeouts.add(kind())
    with pytest.raises(ValueError, match="kind seat is in a registry already"):
        Timeouts("garden").add(seat)
    assert list(timeouts) == [seat]
    assert timeouts["seat"] is seat


def test_a_kind_in_no_registry_has_no_keys():
    with pytest.raises(RuntimeError, match="kind seat is in no registry yet"):
        kind().key(1)


@pytest.mark.parametrize(("ids", "id"), [(int, 0), (int, 42), (int, 10**18 - 1), (UUID, uuid4()), (UUID, UUID(int=0))])
def test_every_key_finds_its_way_back(ids, id):
    timeouts = Timeouts("house")
    seat, row = timeouts.add(kind(ids=ids)), timeouts.add(kind("seat_row", ids=ids))
    assert timeouts.find(seat.key(id).encode()) == (seat, id)
    assert timeouts.find(row.key(id).encode()) == (row, id)
    assert Timeouts("garden").find(seat.key(id).encode()) is None


@pytest.mark.parametrize("ids", [int, UUID])
@pytest.mark.parametrize(
    "rest",
    [b"", b"x", b"-1", b"1.5", b"1:2", b"9" * 19, b"\xff", "１".encode(), str(UUID(int=7)).upper().encode()[:-1]],
)
def test_a_key_of_somebody_else_is_nobodys(ids, rest):
    timeouts = Timeouts("house")
    timeouts.add(kind(ids=ids))
    assert timeouts.find(b"house:timer:seat:" + rest) is None
    assert timeouts.find(b"house:timer:" + rest) is None


def test_a_uuid_is_read_only_as_it_is_written():
    timeouts = Timeouts("house")
    timeouts.add(kind(ids=UUID))
    id = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"
    assert timeouts.find(f"house:timer:seat:{id}".encode())
    for other in (id.upper(), id.replace("-", ""), f"{{{id}}}", f"urn:uuid:{id}"):
        assert timeouts.find(f"house:timer:seat:{other}".encode()) is None


def test_own_keys_are_armed_by_the_engine_and_those_that_are_only_read_are_not():
    def read(key: bytes) -> int | None:
        return int(key[2:]) if key.startswith(b"s-") else None

    seat = kind(key=lambda id: f"s-{id}", parse=read)
    assert (seat.key(3), seat.parse(b"s-3"), seat.is_armed) == ("s-3", 3, True)
    assert not kind(parse=read).is_armed


def test_within_runs_once_a_batch_and_not_for_nothing():
    seat = kind(close="", time_out=lambda session, ids: [TimedOut(id, 0.0) for id in ids])
    seen: list[list[int]] = []

    @seat.within
    def note(session: Any, closed: Any) -> None:
        seen.append([each.id for each in closed])

    nowhere: Any = None
    seat.time_out(nowhere, [1, 2])
    seat.time_out(nowhere, [])
    assert seen == [[1, 2]]


def test_a_batch_is_as_long_as_what_it_closed():
    assert not Batch(kind(), "event")
    assert [each.id for each in Batch(kind(), "event", [TimedOut(1, 0.5)])] == [1]


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("nonsense", "nonsense: name a registry as module:registry, such as seats:timeouts"),
        (":timeouts", ":timeouts: name a registry as module:registry, such as seats:timeouts"),
        ("nomodule:x", "nomodule:x: there is no module nomodule"),
        ("nomodule.inner:x", "nomodule.inner:x: there is no module nomodule"),
        ("json:loads", "json:loads: loads in json is no Timeouts"),
        ("json:nothing", "json:nothing: nothing in json is no Timeouts"),
    ],
)
def test_a_registry_that_is_not_there_is_refused_in_one_line(name, line):
    refused(lambda: application.named(name), line)


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"DATABASE_URL": None}, "DATABASE_URL: must be set for {name}"),
        ({"REDIS_URL": None}, "REDIS_URL: must be set for {name}"),
        (
            {"DATABASE_URL": "mysql://x/y"},
            "DATABASE_URL: must look like postgresql://user:password@host:port/database, with several hosts as "
            "h1:5432,h2:5432, and libpq's parameters as ?sslmode=require",
        ),
        ({"SWEEP_INTERVAL": "soon"}, "SWEEP_INTERVAL: must be a number of seconds from 0.1 to 3600, not 'soon'"),
        ({"LISTENER_PORT": "0"}, "LISTENER_PORT: must be a whole number from 1 to 65535, not '0'"),
    ],
)
def test_a_variable_that_is_missing_or_bad_is_named_in_one_line(monkeypatch, changes, line):
    name = "shared.timeouts:TIMEOUTS"
    for variable, value in ({"DATABASE_URL": "postgresql://h/d", "REDIS_URL": "redis://h/0"} | changes).items():
        if value is None:
            monkeypatch.delenv(variable, raising=False)
        else:
            monkeypatch.setenv(variable, value)
    refused(lambda: application.named(name), line.format(name=name))


def refused(call: Callable[[], object], line: str) -> None:
    with pytest.raises(SystemExit) as refusal:
        call()
    assert refusal.value.code == line
