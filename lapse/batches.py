"""Timing out in batches: what every kind of timeout shares, and how one bad subject is kept from the rest."""

import logging
from collections.abc import Callable, Sequence
from math import inf
from time import monotonic

from redis.exceptions import RedisError
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session, sessionmaker

from lapse import metrics, quarantine
from lapse.keys import Id
from lapse.kind import TRIGGER, Batch, Kind, TimedOut, Trigger

Sessions = sessionmaker[Session]

SWEEP_BATCH = 10_000
MOST_ALONE = 8
"""So many that fail one by one, with none that does not, are the kind's fault and not theirs."""

STORE_AWAY = (RedisError, OperationalError, InterfaceError, PoolTimeout)
_SYNTAX_OR_ACCESS = "42"  # the class of SQLSTATEs of a statement that can never work: a missing table, a wrong type

log = logging.getLogger(__name__)


def run(sessions: Sessions, kind: Kind, ids: Sequence[Id], trigger: Trigger) -> Batch:
    """Time out those of `ids` that are due, in one transaction, and return what was closed.

    A batch that fails is halved until the bad subject is alone; that one is quarantined. Raises OperationalError
    or InterfaceError when the database itself is away, and what the kind raises when that is no subject's fault:
    its SQL cannot work, or whatever it is given fails.
    """
    try:
        return _closed(sessions, kind, trigger, lambda _: ids)
    except Exception as error:
        _raise_if_no_subjects_fault(error)
        return Batch(kind, trigger, _Halving(sessions, kind, trigger).split(ids, error))


def sweep(sessions: Sessions, kind: Kind) -> Batch:
    """Time out one batch of overdue subjects straight from PostgreSQL; an empty one says that none is left.

    Raises as `run` does.
    """
    ids: Sequence[Id] = ()

    def overdue(session: Session) -> Sequence[Id]:
        nonlocal ids
        ids = _overdue(session, kind, SWEEP_BATCH, lock=True)
        return ids

    try:
        return _closed(sessions, kind, "sweep", overdue)
    except Exception as error:
        _raise_if_no_subjects_fault(error)
        if not ids:
            raise
        return run(sessions, kind, ids, "sweep")


def still_open(session: Session, kind: Kind, ids: Sequence[Id]) -> dict[Id, float]:
    """Those of `ids` that are still open, with the seconds until each is due (0 if it is)."""
    return {id: remaining for id, remaining in session.execute(kind.statements.remaining, {"ids": list(ids)})}


def is_left(session: Session, kind: Kind) -> bool:
    """Whether something overdue is left, which after a sweep means that somebody had it locked."""
    return bool(_overdue(session, kind, limit=1))


def seconds_to_next(session: Session, kind: Kind) -> float:
    """Seconds until the next deadline that is still to come; infinite if there is none or nobody can say."""
    found = session.scalars(kind.statements.upcoming).first() if kind.statements.upcoming is not None else None
    return inf if found is None else float(found)


def _overdue(session: Session, kind: Kind, limit: int, *, lock: bool = False) -> Sequence[Id]:
    statement = kind.statements.lock_overdue if lock else kind.statements.overdue
    return session.scalars(statement, {"limit": limit, "put_aside": quarantine.waiting(session, kind)}).all()


def _closed(sessions: Sessions, kind: Kind, trigger: Trigger, which: Callable[[Session], Sequence[Id]]) -> Batch:
    """One transaction: close, release from quarantine, commit, count."""
    began = monotonic()
    with sessions.begin() as session:
        session.info[TRIGGER] = trigger
        ids = which(session)
        closed = kind.time_out(session, ids) if ids else ()
        if closed:
            quarantine.release(session, kind, [each.id for each in closed])
        stated = monotonic()
    committing = monotonic() - stated
    if closed:
        metrics.took(kind.name, "committed", monotonic() - began)
    metrics.count(kind.name, trigger, [each.late + committing for each in closed])
    return Batch(kind, trigger, closed)


class _Halving:
    """Finds the subjects of one batch that fail by themselves, and puts them aside."""

    def __init__(self, sessions: Sessions, kind: Kind, trigger: Trigger) -> None:
        self._sessions = sessions
        self._kind = kind
        self._trigger: Trigger = trigger
        self._alone = 0
        self._worked = False

    def split(self, ids: Sequence[Id], error: Exception) -> list[TimedOut]:
        """Close what can be closed of ids that failed together, and return it. Raises what is the kind's fault."""
        if len(ids) == 1:
            self._put_aside(ids[0], error)
            return []
        middle = len(ids) // 2
        return [*self._run(ids[:middle]), *self._run(ids[middle:])]

    def _run(self, ids: Sequence[Id]) -> Sequence[TimedOut]:
        try:
            closed = _closed(self._sessions, self._kind, self._trigger, lambda _: ids).closed
        except Exception as error:
            _raise_if_no_subjects_fault(error)
            return self.split(ids, error)
        self._worked = self._worked or bool(closed)
        return closed

    def _put_aside(self, id: Id, error: Exception) -> None:
        is_bug = not isinstance(error, DBAPIError)
        log.warning("%s: %s is put aside: %s", self._kind, id, error, exc_info=error if is_bug else None)
        with self._sessions.begin() as session:
            quarantine.put_aside(session, self._kind, id, _told(error))
        metrics.PUT_ASIDE.labels(self._kind.name).inc()
        self._alone += 1
        if self._alone >= MOST_ALONE and not self._worked:
            raise error


def _told(error: Exception) -> str:
    return str(error.orig) if isinstance(error, DBAPIError) else f"{type(error).__name__}: {error}"


def is_outage(error: Exception) -> bool:
    """Whether an error says that a store is away, and nothing of what was asked of it."""
    return isinstance(error, STORE_AWAY) or (isinstance(error, DBAPIError) and error.connection_invalidated)


def _raise_if_no_subjects_fault(error: Exception) -> None:
    cannot_work = isinstance(error, DBAPIError) and _sqlstate(error).startswith(_SYNTAX_OR_ACCESS)
    if cannot_work or is_outage(error):
        raise error


def _sqlstate(error: DBAPIError) -> str:
    """Its code, as psycopg2 or psycopg says it."""
    return getattr(error.orig, "pgcode", None) or getattr(error.orig, "sqlstate", None) or ""
