"""Waking the event streams: the events themselves are in PostgreSQL, Redis only says whose there are new ones."""

from collections.abc import Iterable

from redis import Redis

from shared.stores import redis_keys

CHUNK = 1000  # user ids in a message


def announce(redis: Redis, user_ids: Iterable[int]) -> None:
    """Say that these users have new events. Raises RedisError; a stream then looks by itself at its next heartbeat."""
    ids = sorted(set(user_ids))
    for start in range(0, len(ids), CHUNK):
        redis.publish(redis_keys.EVENTS_CHANNEL, ",".join(map(str, ids[start : start + CHUNK])))


def announced(message: bytes) -> set[int]:
    """The user ids in a message; none in one that makes no sense."""
    return {int(part) for part in message.split(b",") if part.isdigit()}
