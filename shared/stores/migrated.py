"""Whether the database has the schema of this code."""

from functools import cache
from pathlib import Path

from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"
_UNDEFINED_TABLE = "42P01"


def is_migrated(session: Session) -> bool:
    """Whether the last migration was run, and none of a later version. Raises DBAPIError when nobody can say."""
    try:
        revisions = frozenset(session.scalars(text("SELECT version_num FROM alembic_version")))
    except DBAPIError as error:
        if getattr(error.orig, "pgcode", None) != _UNDEFINED_TABLE:
            raise
        session.rollback()
        return False
    return revisions == _heads()


@cache
def _heads() -> frozenset[str]:
    return frozenset(ScriptDirectory(str(MIGRATIONS)).get_heads())
