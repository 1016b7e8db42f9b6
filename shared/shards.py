"""Spreading the deadlines over a cluster.

A sorted set lives on one primary. In a cluster there is one for each sixteenth of the slots, kept within it by its
hash tag, and a key's deadline goes to the set of its own sixteenth: slots are given out in ranges, so mostly to the
primary that holds the key.
"""

from itertools import count

from redis import Redis
from redis.crc import key_slot

from shared import redis_keys
from shared.redis_client import is_cluster

SLOTS = 16384
SHARDS = 16
WHOLE = (0,)
"""The one shard where there is no cluster."""


def shard_of(slot: int) -> int:
    """The sixteenth that a slot belongs to."""
    return slot * SHARDS // SLOTS


def tag_in(slots: range) -> str:
    """The first number, as text, whose slot is one of these."""
    return next(str(number) for number in count() if key_slot(str(number).encode()) in slots)


TAGS = tuple(tag_in(range(shard * SLOTS // SHARDS, (shard + 1) * SLOTS // SHARDS)) for shard in range(SHARDS))


def deadlines_for(redis: Redis, kind: str, key: str) -> str:
    """The sorted set for the deadline of `key`."""
    return deadlines_in(redis, kind, shard_of(key_slot(key.encode())) if is_cluster(redis) else 0)


def deadlines_in(redis: Redis, kind: str, shard: int) -> str:
    """The sorted set of one shard."""
    return redis_keys.deadlines(kind, TAGS[shard] if is_cluster(redis) else "")


def armed_marks(redis: Redis) -> list[str]:
    """The keys that say that Redis holds what it was given: in a cluster one in each shard, for one may be emptied."""
    return [redis_keys.armed(tag) for tag in TAGS] if is_cluster(redis) else [redis_keys.armed()]


def pending(redis: Redis, kind: str) -> int:
    """How many deadlines of a kind wait in Redis. Raises RedisError."""
    shards = range(SHARDS) if is_cluster(redis) else WHOLE
    return sum(redis.zcard(deadlines_in(redis, kind, shard)) for shard in shards)
