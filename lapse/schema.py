"""What the engine keeps in the application's database: one small table, of timeouts that failed by themselves."""

from sqlalchemy import Column, DateTime, Integer, MetaData, Table, Text, func, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session
from sqlalchemy.schema import CreateTable


def quarantine_table(metadata: MetaData) -> Table:
    """The table, in the application's metadata, so that its migrations know of it."""
    return Table(
        "quarantined_timeouts",
        metadata,
        Column("kind", Text, primary_key=True),
        Column("subject_id", Text, primary_key=True),
        Column("error", Text, nullable=False),
        Column("attempts", Integer, server_default="1", nullable=False),
        Column("first_at", DateTime(timezone=True), server_default=func.clock_timestamp(), nullable=False),
        Column("retry_at", DateTime(timezone=True), nullable=False),
    )


DDL = str(CreateTable(quarantine_table(MetaData()), if_not_exists=True).compile(dialect=postgresql.dialect()))
"""One statement for a migration of any tool; running it again changes nothing."""


def problem(session: Session) -> str | None:
    """That the table is missing, in one line with its remedy; None when it is there."""
    if session.scalar(text("SELECT to_regclass('quarantined_timeouts')")) is not None:
        return None
    return "database: the table quarantined_timeouts is missing; run lapse.schema.DDL in a migration"
