"""The alarm clock in Redis: keys that expire at a deadline, and the deadlines in order.

PostgreSQL says what is due; these keys only make the listener hear of it at once. Losing them costs punctuality,
never an order.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from time import monotonic

from redis import Redis
from sqlalchemy import text
from sqlalchemy.orm import Session

from shared import redis_keys
from shared.redis_client import is_cluster
from shared.shards import deadlines_for
from shared.timeout_kinds import ORDER, REMINDER

_TIMERS = """
SELECT id, (extract(epoch FROM due) * 1000)::bigint AS deadline,
       ceil(extract(epoch FROM due - clock_timestamp()) * 1000)::bigint AS remaining
FROM orders, LATERAL (SELECT {due} AS due) AS timer
WHERE id = ANY(:ids) AND status = 0 AND due > clock_timestamp()
"""
_PAGE = """
SELECT id, expires_at FROM orders
WHERE status = 0 AND expires_at > now() AND (expires_at, id) > (:after, :after_id)
ORDER BY expires_at, id LIMIT :page
"""

PAGE = 5000
Cursor = tuple[datetime, int]
START: Cursor = (datetime(1970, 1, 1, tzinfo=UTC), 0)
_CHUNK = 100  # a longer pipeline would be sent late enough to matter


def arm(session: Session, redis: Redis, order_ids: Sequence[int]) -> None:
    """Set the timers of those of the orders that are unpaid and not yet due; doing so again changes nothing.

    Run it after the commit. A key's TTL is what the database says remains, so Redis is never early and its clock
    does not matter.
    """
    _arm(session, redis, order_ids, ORDER.name, "expires_at", redis_keys.order_timer)
    _arm(session, redis, order_ids, REMINDER.name, "remind_at", redis_keys.reminder)


def disarm(redis: Redis, order_ids: Iterable[int]) -> None:
    """Remove the timers of orders that are no longer unpaid."""
    keys: list[str] = []
    listed: defaultdict[str, list[str]] = defaultdict(list)
    for order_id in order_ids:
        for kind, key in (
            (ORDER.name, redis_keys.order_timer(order_id)),
            (REMINDER.name, redis_keys.reminder(order_id)),
        ):
            keys.append(key)
            listed[deadlines_for(redis, kind, key)].append(key)
    if not keys:
        return
    pipeline = redis.pipeline(transaction=False)
    for together in [[key] for key in keys] if is_cluster(redis) else [keys]:
        pipeline.delete(*together)
    for deadlines, members in listed.items():
        pipeline.zrem(deadlines, *members)
    pipeline.execute()


def are_set(session: Session, deadlines: Mapping[int, int]) -> bool:
    """Whether one of these (order → milliseconds since 1970) is the deadline of that order, unpaid and not yet due."""
    rows = session.execute(text(_TIMERS.format(due="expires_at")), {"ids": list(deadlines)})
    return any(deadlines[row.id] == row.deadline for row in rows)


def arm_missing(session: Session, redis: Redis, cursor: Cursor) -> Cursor:
    """Arm those of the next `PAGE` unpaid orders whose timer is gone; return where to go on.

    After the last order that is START.
    """
    rows = session.execute(text(_PAGE), {"after": cursor[0], "after_id": cursor[1], "page": PAGE}).all()
    pipeline = redis.pipeline(transaction=False)
    for row in rows:
        pipeline.exists(redis_keys.order_timer(row.id))
    missing = [row.id for row, exists in zip(rows, pipeline.execute(), strict=True) if not exists]
    if missing:
        arm(session, redis, missing)
    return (rows[-1].expires_at, rows[-1].id) if len(rows) == PAGE else START


def _arm(
    session: Session, redis: Redis, order_ids: Sequence[int], kind: str, due: str, key_of: Callable[[int], str]
) -> None:
    rows = session.execute(text(_TIMERS.format(due=due)), {"ids": list(order_ids)}).all()
    asked = monotonic()
    for start in range(0, len(rows), _CHUNK):
        pipeline = redis.pipeline(transaction=False)
        elapsed = int((monotonic() - asked) * 1000)
        for order_id, deadline, remaining in rows[start : start + _CHUNK]:
            key = key_of(order_id)
            pipeline.set(key, deadline, px=max(remaining - elapsed, 1))
            pipeline.zadd(deadlines_for(redis, kind, key), {key: deadline})
        pipeline.execute()
