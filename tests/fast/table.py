"""What stands in for PostgreSQL in the fast layer: a kind's table in memory, and sessions that answer from it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import time
from typing import Any, NamedTuple

from lapse.kind import Kind


class Cell(NamedTuple):
    """A row of the answer to `page`."""

    id: Any
    due: datetime


class Rows(list):
    """Rows as a result gives them."""

    def all(self) -> list:
        return self

    def one(self) -> Any:
        [row] = self
        return row

    def first(self) -> Any:
        return next(iter(self), None)


@dataclass
class Row:
    """Due at that second since 1970. What is locked is passed over, as SKIP LOCKED does."""

    due: float
    open: bool = True
    locked: bool = False


@dataclass
class Table:
    """The rows of a kind, by their ids. `raises` is what its statements raise; `stays_open`: closing closes nothing."""

    kind: Kind
    rows: dict[Any, Row] = field(default_factory=dict)
    raises: Exception | None = None
    stays_open: bool = False

    def add(self, *ids: Any, due_in: float, **more: bool) -> None:
        """Open rows that are due in so many seconds."""
        self.rows |= {id: Row(time() + due_in, **more) for id in ids}

    def open_ids(self) -> list[Any]:
        return [id for id, row in self.rows.items() if row.open]

    def answers(self) -> Mapping[Any, Callable[[Mapping[str, Any]], Rows]]:
        """How each of the kind's statements is answered."""
        statements = self.kind.statements
        return {
            statements.timers: self._timers,
            statements.page: self._page,
            statements.remaining: self._remaining,
            statements.close: self._close,
            statements.upcoming: lambda _: self._upcoming(),
            statements.overdue: lambda asked: self._overdue(asked, passing_over=False),
            statements.lock_overdue: lambda asked: self._overdue(asked, passing_over=True),
        }

    def _open(self, ids: Any) -> list[tuple[Any, Row]]:
        return [(id, self.rows[id]) for id in ids if id in self.rows and self.rows[id].open]

    def _timers(self, asked: Mapping[str, Any]) -> Rows:
        left = ((id, row.due, row.due - time()) for id, row in self._open(asked["ids"]))
        return Rows((id, int(due * 1000), int(seconds * 1000) + 1) for id, due, seconds in left if seconds > 0)

    def _page(self, asked: Mapping[str, Any]) -> Rows:
        cells = sorted((datetime.fromtimestamp(row.due, UTC), id) for id, row in self._open(self.rows))
        after = asked["after"], asked["after_id"]
        now = datetime.now(UTC)
        return Rows([Cell(id, due) for due, id in cells if due > now and (due, id) > after][: asked["page"]])

    def _remaining(self, asked: Mapping[str, Any]) -> Rows:
        return Rows((id, max(row.due - time(), 0)) for id, row in self._open(asked["ids"]))

    def _upcoming(self) -> Rows:
        left = (row.due - time() for _, row in self._open(self.rows))
        return Rows(sorted(seconds for seconds in left if seconds > 0)[:1])

    def _overdue(self, asked: Mapping[str, Any], *, passing_over: bool) -> Rows:
        due = [id for id, row in self._open(self.rows) if row.due <= time() and not (passing_over and row.locked)]
        return Rows(id for id in due if id not in asked["put_aside"])

    def _close(self, asked: Mapping[str, Any]) -> Rows:
        closed = [(id, row) for id, row in self._open(asked["ids"]) if row.due <= time() and not row.locked]
        for _, row in closed:
            row.open = self.stays_open
        return Rows((id, time() - row.due) for id, row in closed)


class Database:
    """A maker of sessions, and the session itself. It neither locks nor rolls back: that takes PostgreSQL.

    While `away` is set, every statement raises it; `quarantined` are the ids that were put aside.
    """

    def __init__(self, *tables: Table) -> None:
        self.info: dict[str, Any] = {}
        self.tables = tables
        self.away: Exception | None = None
        self.quarantined: list[str] = []

    def __call__(self) -> Any:
        return self.begin()

    @contextmanager
    def begin(self) -> Iterator["Database"]:
        yield self

    def commit(self) -> None:
        """Nothing: all is done at once."""

    def execute(self, statement: Any, asked: Mapping[str, Any] | None = None) -> Rows:
        if self.away:
            raise self.away
        for table in self.tables:
            if answer := table.answers().get(statement):
                if table.raises:
                    raise table.raises
                return answer(asked or {})
        return self._engines_own(str(statement), asked or {})

    scalars = execute

    def _engines_own(self, statement: str, asked: Mapping[str, Any]) -> Rows:
        """The clock and the quarantine."""
        if "FROM clock_timestamp()" in statement:
            return Rows([time()])
        assert "quarantined_timeouts" in statement, statement
        if "INSERT" in statement:
            self.quarantined.append(asked["id"])
        return Rows()
