"""Timing out in batches: what every kind of timeout shares, and how one bad subject is kept from the rest.

A kind is a key prefix (its parser), a verb and an overdue query, registered in `KINDS`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Literal

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.orm import Session, sessionmaker

from shared import metrics, redis_keys
from shared.give_back import Closed
from shared.orders import time_out

Path = Literal["event", "sweep"]
Sessions = sessionmaker[Session]

SWEEP_BATCH = 10_000


@dataclass(frozen=True, eq=False)
class TimeoutKind:
    """One thing that times out. Its subjects are named by their ids.

    `parse` reads the id from an expired key (None: not ours). `time_out` is the guarded verb. `overdue` locks and
    returns the ids of at most so many subjects past their deadline that nobody else has locked, and
    `remaining` the seconds until those still open among the given ids are due.
    """

    name: str
    parse: Callable[[bytes], int | None]
    time_out: Callable[[Session, Sequence[int]], list[Closed]]
    overdue: str
    remaining: str


ORDER = TimeoutKind(
    name="order",
    parse=redis_keys.parse_order_timer,
    time_out=time_out,
    overdue="""
        SELECT id FROM orders
        WHERE status = 0 AND expires_at <= statement_timestamp() AND id <> ALL(:put_aside)
        ORDER BY expires_at LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED
    """,
    remaining="""
        SELECT id, greatest(extract(epoch FROM expires_at - clock_timestamp()), 0)::float
        FROM orders WHERE id = ANY(:ids) AND status = 0
    """,
)

KINDS: tuple[TimeoutKind, ...] = (ORDER,)

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


def run(sessions: Sessions, kind: TimeoutKind, ids: Sequence[int], path: Path) -> list[Closed]:
    """Time out those of `ids` that are due, in one transaction, and return what was closed.

    A batch that fails is halved until the bad subject is alone; that one is quarantined. Raises OperationalError
    or InterfaceError when the database itself is away.
    """
    try:
        with sessions.begin() as session:
            closed = _time_out(session, kind, ids)
            stated = monotonic()
    except DBAPIError as error:
        _raise_if_outage(error)
        return _split(sessions, kind, ids, path, error)
    metrics.count_timeouts(closed, path, commit_seconds=monotonic() - stated)
    return closed


def sweep(sessions: Sessions, kind: TimeoutKind) -> list[Closed]:
    """Time out one batch of overdue subjects straight from PostgreSQL; an empty list says that none is left.

    Raises as `run` does.
    """
    ids: Sequence[int] = ()
    try:
        with sessions.begin() as session:
            put_aside = session.scalars(text(_PUT_ASIDE), {"kind": kind.name}).all()
            overdue = {"limit": SWEEP_BATCH, "put_aside": put_aside}
            ids = session.scalars(text(kind.overdue), overdue).all()
            closed = _time_out(session, kind, ids) if ids else []
            stated = monotonic()
    except DBAPIError as error:
        _raise_if_outage(error)
        return run(sessions, kind, ids, "sweep")
    metrics.count_timeouts(closed, "sweep", commit_seconds=monotonic() - stated)
    return closed


def still_open(session: Session, kind: TimeoutKind, ids: Sequence[int]) -> dict[int, float]:
    """Those of `ids` that are still open, with the seconds until each is due (0 if it is)."""
    rows = session.execute(text(kind.remaining), {"ids": list(ids)})
    return {subject_id: remaining for subject_id, remaining in rows}


def _time_out(session: Session, kind: TimeoutKind, ids: Sequence[int]) -> list[Closed]:
    closed = kind.time_out(session, ids)
    session.execute(text(_RELEASE), {"kind": kind.name, "ids": [each.order_id for each in closed]})
    return closed


def _split(sessions: Sessions, kind: TimeoutKind, ids: Sequence[int], path: Path, error: DBAPIError) -> list[Closed]:
    if len(ids) == 1:
        _quarantine(sessions, kind, ids[0], str(error.orig))
        return []
    middle = len(ids) // 2
    return run(sessions, kind, ids[:middle], path) + run(sessions, kind, ids[middle:], path)


def _quarantine(sessions: Sessions, kind: TimeoutKind, subject_id: int, error: str) -> None:
    with sessions.begin() as session:
        session.execute(text(_QUARANTINE), {"kind": kind.name, "id": subject_id, "error": error})


def _raise_if_outage(error: DBAPIError) -> None:
    if isinstance(error, OperationalError | InterfaceError):
        raise error
