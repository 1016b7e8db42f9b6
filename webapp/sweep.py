"""Sweeping by hand: what the command line and the operator's page have in common."""

from collections.abc import Iterator

from redis import Redis
from sqlalchemy.orm import Session, sessionmaker

from lapse import batches
from lapse.after_batch import after_batch
from lapse.kind import Batch, Kind
from shared.coupons import wallet
from webapp.current import after_commit
from webapp.database import db


def sweep(kind: Kind) -> Iterator[int]:
    """Time out everything of that kind that is overdue, yielding after each batch how many that were."""
    sessions = sessionmaker(db.engine)
    while batch := batches.sweep(sessions, kind):
        after_commit(follow_up, batch)
        yield len(batch)


def time_out_one(kind: Kind, id: int) -> bool:
    """Time out one that is overdue; False if it is in use at this moment, or not overdue."""
    batch = batches.run(sessionmaker(db.engine), kind, [id], "sweep")
    after_commit(follow_up, batch)
    return bool(batch)


def follow_up(session: Session, redis: Redis, batch: Batch) -> None:
    """What follows a batch. Raises RedisError."""
    after_batch(redis, batch)
    while wallet.project_pending(session, redis):
        pass
