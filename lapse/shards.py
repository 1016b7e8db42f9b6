"""Spreading the deadlines over a cluster.

A sorted set lives on one primary. In a cluster there is one for each sixteenth of the slots, kept within it by its
hash tag, and a key's deadline goes to the set of its own sixteenth: slots are given out in ranges, so mostly to the
primary that holds the key.
"""

from collections.abc import Sequence
from itertools import count

from redis import Redis
from redis.crc import key_slot

from lapse.redis_client import is_cluster

SLOTS = 16384
SHARDS = 16
NO_TAG = ""
"""What places a key where there is no cluster."""


def shard_of(slot: int) -> int:
    """The sixteenth that a slot belongs to."""
    return slot * SHARDS // SLOTS


def tag_in(slots: range) -> str:
    """The first number, as text, whose slot is one of these."""
    return next(str(number) for number in count() if key_slot(str(number).encode()) in slots)


TAGS = tuple(tag_in(range(shard * SLOTS // SHARDS, (shard + 1) * SLOTS // SHARDS)) for shard in range(SHARDS))
"""One for each shard."""


def tag_for(redis: Redis, key: str) -> str:
    """The tag of the shard that `key` is in."""
    return TAGS[shard_of(key_slot(key.encode()))] if is_cluster(redis) else NO_TAG


def tags(redis: Redis) -> Sequence[str]:
    """The tags of all shards."""
    return TAGS if is_cluster(redis) else (NO_TAG,)
