"""What a kind of timeout is: whose deadline, what is open, how it is closed, and what else happens then."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from redis import Redis
from sqlalchemy.orm import Session

from lapse import statements, timers
from lapse.keys import Id, Keys, parse_id

Trigger = Literal["event", "nudge", "sweep"]
"""What made the engine close a batch: keys that expired, touched ones that were not heard of, or PostgreSQL itself."""

TRIGGER = "lapse: trigger"
"""Where the `info` of a session has the trigger of the batch at hand, for verbs and hooks that write it down."""


@dataclass(frozen=True, slots=True)
class TimedOut:
    """A subject that timed out, and how many seconds after its deadline that was stated. Verbs may tell more."""

    id: Id
    late: float


Verb = Callable[[Session, Sequence[Id]], Sequence[TimedOut]]
Within = Callable[[Session, Sequence[TimedOut]], None]
Afterwards = Callable[[Redis, "Batch"], None]


@dataclass(frozen=True, eq=False)
class Batch:
    """What one transaction timed out: `closed` is what the kind's verb returned."""

    kind: "Kind"
    trigger: Trigger
    closed: Sequence[Any] = ()

    def __len__(self) -> int:
        return len(self.closed)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.closed)


class Kind:
    """One kind of timeout: rows of `table`, named by their `id`, that are closed at `due` if they are still `open`.

    `due` and `open` are SQL over the row: a column, or an expression, of type timestamptz, and a condition that is
    true while the deadline counts. `close` is what a closing sets (`status = 'released'`); it must make `open`
    false. Instead of it `time_out` may be a verb of your own: given a session and ids it closes, in the caller's
    transaction and passing over what is locked, those that are open and due, and returns them.

    `key` and `parse` build and read the Redis key whose expiry announces the deadline (default: the registry's own);
    `parse` alone says that the application sets its keys itself. `overdue`, `upcoming` and `remaining` replace the SQL
    that is made of the above; see `lapse.statements`. A `:` within any of the SQL is written `\\:`.

    Raises ValueError for a kind that makes no sense.
    """

    def __init__(
        self,
        name: str,
        *,
        table: str,
        due: str,
        open: str,
        close: str = "",
        time_out: Verb | None = None,
        id: str = "id",
        ids: type[Id] = int,
        key: Callable[[Id], str] | None = None,
        parse: Callable[[bytes], Id | None] | None = None,
        overdue: str = "",
        upcoming: str = "",
        remaining: str = "",
    ) -> None:
        _check(name, table=table, due=due, open=open, close=close, time_out=time_out, ids=ids, key=key, parse=parse)
        self.name = name
        self.ids = ids
        self.first_id: Id = 0 if ids is int else UUID(int=0)
        try:
            self.statements = statements.made_of(
                table, id, due, open, close, overdue=overdue, upcoming=upcoming, remaining=remaining
            )
        except ValueError as error:
            raise ValueError(f"kind {name}: {error}") from None
        self._verb: Verb = time_out or self._close
        self._key = key
        self._parse = parse
        self._keys: Keys | None = None
        self._within: list[Within] = []
        self.after_hooks: list[Afterwards] = []

    def __repr__(self) -> str:
        return f"kind {self.name}"

    def belong_to(self, keys: Keys) -> None:
        """Take the keys of a registry. Raises ValueError when it belongs to one already."""
        if self._keys is not None:
            raise ValueError(f"{self} is in a registry already")
        self._keys = keys

    @property
    def is_armed(self) -> bool:
        """Whether its timers are the engine's to set; if not, the application sets them."""
        return self._parse is None or self._key is not None

    def key(self, id: Id) -> str:
        """The Redis key that expires at the deadline of that subject."""
        return self._key(id) if self._key else self.keys.timer(self.name, id)

    def parse(self, key: bytes) -> Id | None:
        """The subject's id in a key of this kind, None for any other key."""
        return self._parse(key) if self._parse else parse_id(self.keys.timer(self.name, "").encode(), key, self.ids)

    @property
    def keys(self) -> Keys:
        """The keys of its registry. Raises RuntimeError while it is in none."""
        if self._keys is None:
            raise RuntimeError(f"{self} is in no registry yet: add it to a Timeouts")
        return self._keys

    def within(self, hook: Within) -> Within:
        """Run `hook(session, closed)` in the transaction of each closing, once a batch; what it raises undoes that."""
        self._within.append(hook)
        return hook

    def afterwards(self, hook: Afterwards) -> Afterwards:
        """Run `hook(redis, batch)` after the commit of each closing; what it raises is logged and undoes nothing."""
        self.after_hooks.append(hook)
        return hook

    def time_out(self, session: Session, ids: Sequence[Id]) -> Sequence[TimedOut]:
        """Close those of `ids` that are open and due, in the caller's transaction, hooks included; return them."""
        closed = self._verb(session, ids)
        for hook in self._within if closed else ():
            hook(session, closed)
        return closed

    def arm(self, session: Session, redis: Redis, ids: Sequence[Id]) -> None:
        """Set the timers of those of `ids` that are open and not yet due; call it after the commit.

        Doing so again changes nothing but what has changed. Raises RedisError; the sweep then stands in. Raises
        TypeError for what is no list of ids of this kind.
        """
        timers.arm(session, redis, [self], self._checked(ids))

    def disarm(self, redis: Redis, ids: Sequence[Id]) -> None:
        """Remove the timers of these: they are no longer open. Raises RedisError; they then expire for nothing."""
        timers.disarm(redis, [self], self._checked(ids))

    def _checked(self, ids: Sequence[Id]) -> Sequence[Id]:
        """The ids. Raises TypeError for what is no list of this kind's, which the database would say less clearly."""
        if not isinstance(ids, Sequence) or not all(isinstance(id, self.ids) for id in ids):
            raise TypeError(f"{self}: give a list of {self.ids.__name__}, not {ids!r}; `ids` says what its ids are")
        return ids

    def _close(self, session: Session, ids: Sequence[Id]) -> Sequence[TimedOut]:
        return [TimedOut(*row) for row in session.execute(self.statements.close, {"ids": list(ids)})]


def _check(name: str, **given: object) -> None:
    """Raise ValueError naming what is wrong with a kind."""
    problem = ""
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name):
        problem = "its name must be of small letters, digits and _, at most 40"
    elif missing := [part for part in ("table", "due", "open") if not str(given[part]).strip()]:
        problem = f"`{missing[0]}` is empty"
    elif bool(given["close"]) == bool(given["time_out"]):
        problem = "give it either `close`, what a closing sets, or `time_out`, a verb of your own"
    elif given["ids"] not in (int, UUID):
        problem = "`ids` must be int or uuid.UUID"
    elif given["key"] and not given["parse"]:
        problem = "a `key` of your own needs a `parse` that reads it"
    if problem:
        raise ValueError(f"kind {name}: {problem}")
