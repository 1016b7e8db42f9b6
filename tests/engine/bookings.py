"""Somebody's own table, with ids of any type, on any driver: the engine knows no shop."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text

from lapse import schema
from lapse.batches import Sessions
from lapse.keys import Id
from lapse.kind import Kind

ID_COLUMNS = {int: "bigint GENERATED ALWAYS AS IDENTITY", UUID: "uuid DEFAULT gen_random_uuid()"}


@dataclass
class Bookings:
    """A table of that name, beside the engine's own; seats are held in it until they are released."""

    sessions: Sessions
    ids: type[Id] = int
    table: str = "bookings"

    def create(self) -> "Bookings":
        self.execute(
            f"CREATE TABLE {self.table} (id {ID_COLUMNS[self.ids]} PRIMARY KEY, "
            "held_until timestamptz NOT NULL, status text NOT NULL DEFAULT 'held')"
        )
        self.execute("CREATE TABLE IF NOT EXISTS notes (booking text PRIMARY KEY)")
        self.execute(schema.DDL)
        return self

    def kind(self, name: str = "booking", **more: Any) -> Kind:
        """Its kind, with a generated closing unless something else is given."""
        usual = {"table": self.table, "due": "held_until", "open": "status = 'held'", "ids": self.ids}
        return Kind(name, **usual | ({} if "time_out" in more else {"close": "status = 'released'"}) | more)

    def hold(self, count: int = 1, *, due_in: float = -1) -> list[Id]:
        """New bookings that are due in so many seconds."""
        statement = text(
            f"INSERT INTO {self.table} (held_until) SELECT clock_timestamp() + make_interval(secs => :due_in) "
            "FROM generate_series(1, :count) RETURNING id"
        )
        with self.sessions.begin() as session:
            return list(session.scalars(statement, {"due_in": due_in, "count": count}))

    def held(self) -> set[Id]:
        """Those that are not released."""
        with self.sessions() as session:
            return set(session.scalars(text(f"SELECT id FROM {self.table} WHERE status = 'held'")))

    def texts(self, query: str) -> set[str]:
        """The one column of a query."""
        with self.sessions() as session:
            return set(session.scalars(text(query)))

    def noted(self) -> set[str]:
        return self.texts("SELECT booking FROM notes")

    def execute(self, statement: str) -> None:
        with self.sessions.begin() as session:
            session.execute(text(statement))


def note(session: Any, closed: Sequence[Any]) -> None:
    """What else is to happen in the transaction of a closing."""
    session.execute(text("INSERT INTO notes VALUES (:id)"), [{"id": str(each.id)} for each in closed])
