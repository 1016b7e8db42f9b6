"""A Redis primary as the listener sees it."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from redis import Redis
from redis.connection import ConnectionInterface
from redis.exceptions import ResponseError

from lapse import keys
from lapse.shards import NO_TAG

EXPIRED_FLAGS = "Ex"  # keyevent channel, expired events


@dataclass(frozen=True)
class Primary:
    """One primary: its name in logs and metrics, a client of it alone, and its logical database.

    `tag` makes a key that lives here (empty where there is no cluster), `shard_tags` deadlines that do.
    """

    name: str
    redis: Redis = field(compare=False)
    database: int = 0
    tag: str = ""
    shard_tags: tuple[str, ...] = (NO_TAG,)

    @property
    def expired_channel(self) -> str:
        """The channel on which this primary announces expired keys."""
        return keys.expired_channel(self.database)

    @contextlib.contextmanager
    def connection(self) -> Iterator[ConnectionInterface]:
        """A connection of its own that never reconnects behind one's back: a silent gap would lose events.

        It is none of the pool's, which counts all that it ever made, and at some number makes no more.
        """
        pool = self.redis.connection_pool
        connection = pool.connection_class(**pool.connection_kwargs)
        connection.connect()
        try:
            yield connection
        finally:
            connection.disconnect()

    def announce_expired_keys(self) -> bool:
        """Add our notification flags to those that are set; False where that is forbidden and they are missing."""
        try:
            present, missing = self._flags()
            if missing:
                self.redis.config_set("notify-keyspace-events", present + missing)
        except (ResponseError, KeyError):
            return False
        return True

    def is_mute(self) -> bool:
        """Whether it lacks our notification flags. Raises ResponseError or KeyError where that cannot be asked."""
        return bool(self._flags()[1])

    def _flags(self) -> tuple[str, str]:
        """The notification flags that are set, and those of ours that are not."""
        present = self.redis.config_get("notify-keyspace-events")["notify-keyspace-events"] or ""
        return present, "".join(flag for flag in EXPIRED_FLAGS if flag not in present.replace("A", "Ax"))
