"""The wallet in Redis: a projection of PostgreSQL, brought in step from an outbox.

Every transaction that takes, gives back or hands out a coupon leaves an entry in `shared.coupons.outbox`. Whoever
projects locks the user coupon first and reads its state afterwards: of two projections the later has the last word.
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from redis import Redis
from sqlalchemy import select
from sqlalchemy.orm import Session

from lapse.timers import deadlines_for
from shared.coupons import outbox
from shared.coupons.queries import described, in_wallet
from shared.models import Coupon, UserCoupon
from shared.stores import redis_keys


def project(session: Session, redis: Redis, user_coupon_ids: Sequence[int]) -> None:
    """Bring those of these wallet entries that the outbox names in step, and remove them from it.

    Begins with no transaction open and ends with a commit. Raises RedisError when Redis is away; the outbox
    then still has them.
    """
    lock = select(UserCoupon.id).where(UserCoupon.id.in_(user_coupon_ids)).order_by(UserCoupon.id)
    session.execute(lock.with_for_update(key_share=True)).all()
    stale = outbox.pop(session, user_coupon_ids)
    ids = {row.user_coupon_id for row in stale}
    fresh = in_wallet().where(UserCoupon.id.in_(ids)).execution_options(populate_existing=True)
    _write(redis, {(row.user_id, row.user_coupon_id) for row in stale}, session.scalars(fresh).all())
    session.commit()


def project_pending(session: Session, redis: Redis, limit: int = 1000) -> int:
    """Project what the outbox holds, oldest first; return how many entries that were, at most `limit`."""
    ids = outbox.oldest(session, limit)
    if ids:
        project(session, redis, sorted(set(ids)))
    session.commit()
    return len(ids)


def resync(session: Session, redis: Redis, user_id: int, user_coupon_ids: Sequence[int]) -> None:
    """Bring those of the user's entries in step that Redis lost; they are to be in their wallet.

    Begins with no transaction open and ends with a commit. Raises RedisError when Redis is away.
    """
    pipeline = redis.pipeline(transaction=False)
    for user_coupon_id in user_coupon_ids:
        pipeline.exists(redis_keys.coupon(user_id, user_coupon_id))
    missing = [id for id, there in zip(user_coupon_ids, pipeline.execute(), strict=True) if not there]
    if missing:
        outbox.put(session, UserCoupon.id.in_(missing))
        session.commit()
        project(session, redis, missing)


def resync_all(session: Session) -> None:
    """Put every coupon that belongs into a wallet on the outbox: Redis was emptied."""
    outbox.put(session, UserCoupon.id.in_(in_wallet().with_only_columns(UserCoupon.id).order_by(None)))


def _write(redis: Redis, stale: set[tuple[int, int]], present: Sequence[UserCoupon]) -> None:
    pipeline = redis.pipeline(transaction=False)
    for user_id, user_coupon_id in stale - {(entry.user_id, entry.id) for entry in present}:
        key = redis_keys.coupon(user_id, user_coupon_id)
        pipeline.delete(key)
        pipeline.zrem(_listed(redis, key), key)
    fields = {coupon: _fields(coupon) for coupon in {entry.coupon for entry in present}}
    deadlines: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for entry in present:
        key = redis_keys.coupon(entry.user_id, entry.id)
        pipeline.hset(key, "user_coupon_id", str(entry.id), items=fields[entry.coupon])
        pipeline.pexpireat(key, entry.coupon.end_time)
        deadlines[_listed(redis, key)][key] = entry.coupon.end_time.timestamp() * 1000
    for name, due in deadlines.items():
        pipeline.zadd(name, due)
    pipeline.execute()


def _listed(redis: Redis, key: str) -> str:
    """Where the engine looks for the end of a wallet entry."""
    return deadlines_for(redis, redis_keys.ENGINE, redis_keys.COUPON_KIND, key)


def _fields(coupon: Coupon) -> list[str]:
    return [part for name, value in described(coupon).items() for part in (name, _text(value))]


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list) else str(value)
