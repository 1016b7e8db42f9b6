"""Sweeping by hand: what the command line and the operator's page have in common."""

from collections.abc import Iterator, Sequence

from redis import Redis
from sqlalchemy.orm import Session, sessionmaker

from shared import timeouts
from shared.coupons import wallet
from shared.orders import effects
from shared.timed_out import TimedOut
from shared.timeout_kinds import TimeoutKind
from webapp.current import after_commit
from webapp.database import db


def sweep(kind: TimeoutKind) -> Iterator[int]:
    """Time out everything of that kind that is overdue, yielding after each batch how many that were."""
    sessions = sessionmaker(db.engine)
    while batch := timeouts.sweep(sessions, kind):
        after_commit(tell_redis, batch)
        yield len(batch)


def tell_redis(session: Session, redis: Redis, batch: Sequence[TimedOut]) -> None:
    """What follows a batch."""
    effects.timed_out(redis, batch, "sweep")
    while wallet.project_pending(session, redis):
        pass
