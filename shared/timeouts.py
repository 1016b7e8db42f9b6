"""Timing out in batches: what every kind of timeout shares, and how one bad subject is kept from the rest."""

from collections.abc import Sequence
from time import monotonic
from typing import Literal

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.orm import Session, sessionmaker

from shared import metrics
from shared.timed_out import TimedOut
from shared.timeout_kinds import TimeoutKind

Path = Literal["event", "sweep"]
Sessions = sessionmaker[Session]

SWEEP_BATCH = 10_000
_UNDEFINED_TABLE_OR_COLUMN = ("42P01", "42703")

_PUT_ASIDE = "SELECT subject_id FROM quarantined_timeouts WHERE kind = :kind AND retry_at > now()"
_RELEASE = "DELETE FROM quarantined_timeouts WHERE kind = :kind AND subject_id = ANY(:ids)"
_QUARANTINE = """
INSERT INTO quarantined_timeouts (kind, subject_id, error, retry_at)
VALUES (:kind, :id, :error, now() + interval '10 s')
ON CONFLICT (kind, subject_id) DO UPDATE SET
    error = excluded.error,
    attempts = quarantined_timeouts.attempts + 1,
    retry_at = now() + interval '10 s' * 2 ^ least(quarantined_timeouts.attempts, 8)
"""


def run(sessions: Sessions, kind: TimeoutKind, ids: Sequence[int], path: Path) -> Sequence[TimedOut]:
    """Time out those of `ids` that are due, in one transaction, and return what was closed.

    A batch that fails is halved until the bad subject is alone; that one is quarantined. Raises OperationalError
    or InterfaceError when the database itself is away, ProgrammingError when it lacks a table or a column.
    """
    try:
        with sessions.begin() as session:
            closed = _time_out(session, kind, ids)
            stated = monotonic()
    except DBAPIError as error:
        _raise_if_no_subjects_fault(error)
        return _split(sessions, kind, ids, path, error)
    metrics.count_timeouts(kind.name, closed, path, commit_seconds=monotonic() - stated)
    return closed


def sweep(sessions: Sessions, kind: TimeoutKind) -> Sequence[TimedOut]:
    """Time out one batch of overdue subjects straight from PostgreSQL; an empty list says that none is left.

    Raises as `run` does.
    """
    ids: Sequence[int] = ()
    try:
        with sessions.begin() as session:
            ids = _overdue(session, kind, SWEEP_BATCH, f"FOR NO KEY UPDATE OF {kind.table} SKIP LOCKED")
            closed = _time_out(session, kind, ids) if ids else []
            stated = monotonic()
    except DBAPIError as error:
        _raise_if_no_subjects_fault(error)
        return run(sessions, kind, ids, "sweep")
    metrics.count_timeouts(kind.name, closed, "sweep", commit_seconds=monotonic() - stated)
    return closed


def still_open(session: Session, kind: TimeoutKind, ids: Sequence[int]) -> dict[int, float]:
    """Those of `ids` that are still open, with the seconds until each is due (0 if it is)."""
    rows = session.execute(text(kind.remaining), {"ids": list(ids)})
    return {subject_id: remaining for subject_id, remaining in rows}


def is_left(session: Session, kind: TimeoutKind) -> bool:
    """Whether something overdue is left, which after a sweep means that somebody had it locked."""
    return bool(_overdue(session, kind, limit=1))


def _overdue(session: Session, kind: TimeoutKind, limit: int, lock: str = "") -> Sequence[int]:
    put_aside = session.scalars(text(_PUT_ASIDE), {"kind": kind.name}).all()
    return session.scalars(text(f"{kind.overdue} {lock}"), {"limit": limit, "put_aside": put_aside}).all()


def _time_out(session: Session, kind: TimeoutKind, ids: Sequence[int]) -> Sequence[TimedOut]:
    closed = kind.time_out(session, ids)
    if closed:
        session.execute(text(_RELEASE), {"kind": kind.name, "ids": [each.subject_id for each in closed]})
    return closed


def _split(
    sessions: Sessions, kind: TimeoutKind, ids: Sequence[int], path: Path, error: DBAPIError
) -> Sequence[TimedOut]:
    if len(ids) == 1:
        _quarantine(sessions, kind, ids[0], str(error.orig))
        return []
    middle = len(ids) // 2
    return [*run(sessions, kind, ids[:middle], path), *run(sessions, kind, ids[middle:], path)]


def _quarantine(sessions: Sessions, kind: TimeoutKind, subject_id: int, error: str) -> None:
    with sessions.begin() as session:
        session.execute(text(_QUARANTINE), {"kind": kind.name, "id": subject_id, "error": error})


def _raise_if_no_subjects_fault(error: DBAPIError) -> None:
    is_unmigrated = getattr(error.orig, "pgcode", None) in _UNDEFINED_TABLE_OR_COLUMN
    if is_unmigrated or isinstance(error, OperationalError | InterfaceError):
        raise error
