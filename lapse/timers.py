"""The alarm clock in Redis: keys that expire at a deadline, and the deadlines in order.

PostgreSQL says what is due; these keys only make the listener hear of it at once. Losing them costs punctuality,
never a timeout.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from time import monotonic
from typing import Protocol

from redis import Redis
from sqlalchemy.orm import Session

from lapse.keys import Id, Keys
from lapse.redis_client import is_cluster
from lapse.shards import tag_for, tags
from lapse.statements import Statements

PAGE = 5000
Cursor = tuple[datetime, Id]
_CHUNK = 100  # a longer pipeline would be sent late enough to matter
_AHEAD = 2  # milliseconds that a key expires before its deadline, for its way to Redis: the first touch finds it over


class Timed(Protocol):
    """What timers need to know of a kind."""

    name: str
    first_id: Id
    statements: Statements

    @property
    def keys(self) -> Keys: ...
    def key(self, id: Id) -> str: ...


def arm(session: Session, redis: Redis, kinds: Iterable[Timed], ids: Sequence[Id]) -> None:
    """Set the timers of those of `ids` that are open and not yet due; doing so again changes nothing.

    Run it after the commit. A key's TTL is what the database says remains, less its way to Redis, whose clock does not
    matter. An event that comes early waits for its deadline.
    """
    for kind in kinds:
        _arm(session, redis, kind, ids)


def disarm(redis: Redis, kinds: Iterable[Timed], ids: Sequence[Id]) -> None:
    """Remove the timers of subjects that are no longer open."""
    keys: list[str] = []
    listed: defaultdict[str, list[str]] = defaultdict(list)
    for kind in kinds:
        for key in map(kind.key, ids):
            keys.append(key)
            listed[deadlines_for(redis, kind.keys, kind.name, key)].append(key)
    if not keys:
        return
    pipeline = redis.pipeline(transaction=False)
    for together in [[key] for key in keys] if is_cluster(redis) else [keys]:
        pipeline.delete(*together)
    for deadlines, members in listed.items():
        pipeline.zrem(deadlines, *members)
    pipeline.execute()


def deadlines_for(redis: Redis, keys: Keys, kind: str, key: str) -> str:
    """The sorted set where the nudge looks for the deadline of `key`; for those that set their keys themselves."""
    return keys.deadlines(kind, tag_for(redis, key))


def are_set(session: Session, kind: Timed, deadlines: Mapping[Id, int]) -> bool:
    """Whether one of these (id → milliseconds since 1970) is the deadline of that subject, open and not yet due."""
    rows = session.execute(kind.statements.timers, {"ids": list(deadlines)})
    return any(deadlines[id] == deadline for id, deadline, _ in rows)


def start(kind: Timed) -> Cursor:
    """Where `resync` begins."""
    return datetime(1970, 1, 1, tzinfo=UTC), kind.first_id


def resync(session: Session, redis: Redis, kind: Timed, cursor: Cursor) -> Cursor:
    """Arm those of the next `PAGE` open subjects whose timer is gone; return where to go on.

    After the last one that is the start again.
    """
    rows = session.execute(kind.statements.page, {"after": cursor[0], "after_id": cursor[1], "page": PAGE}).all()
    pipeline = redis.pipeline(transaction=False)
    for row in rows:
        pipeline.exists(kind.key(row.id))
    missing = [row.id for row, exists in zip(rows, pipeline.execute(), strict=True) if not exists]
    if missing:
        _arm(session, redis, kind, missing)
    return (rows[-1].due, rows[-1].id) if len(rows) == PAGE else start(kind)


def pending(redis: Redis, kind: Timed) -> int:
    """How many deadlines of a kind wait in Redis. Raises RedisError."""
    return sum(redis.zcard(kind.keys.deadlines(kind.name, tag)) for tag in tags(redis))


def _arm(session: Session, redis: Redis, kind: Timed, ids: Sequence[Id]) -> None:
    rows = session.execute(kind.statements.timers, {"ids": list(ids)}).all()
    asked = monotonic()
    for begin in range(0, len(rows), _CHUNK):
        pipeline = redis.pipeline(transaction=False)
        elapsed = int((monotonic() - asked) * 1000)
        for id, deadline, remaining in rows[begin : begin + _CHUNK]:
            key = kind.key(id)
            pipeline.set(key, deadline, px=max(remaining - elapsed - _AHEAD, 1))
            pipeline.zadd(deadlines_for(redis, kind.keys, kind.name, key), {key: deadline})
        pipeline.execute()
