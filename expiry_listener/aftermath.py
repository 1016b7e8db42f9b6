"""What follows a committed batch: a line in the log, and Redis."""

import logging
from collections.abc import Callable, Sequence

from redis import Redis
from redis.exceptions import RedisError

from shared.orders import effects
from shared.timed_out import TimedOut
from shared.timeout_kinds import TimeoutKind
from shared.timeouts import Path

log = logging.getLogger(__name__)


class Aftermath:
    """Called with every batch; `wake_keeper` is told that there may be wallet entries to bring in step."""

    def __init__(self, redis: Redis, wake_keeper: Callable[[], None]) -> None:
        self._redis = redis
        self._wake_keeper = wake_keeper

    def __call__(self, kind: TimeoutKind, path: Path, heard: int, batch: Sequence[TimedOut], seconds: float) -> None:
        """Take note of a batch of `heard` ids of which `batch` was timed out within `seconds`."""
        log.info(
            "batch",
            extra={
                "kind": kind.name,
                "path": path,
                "heard": heard,
                "closed": len(batch),
                "latest": round(max((each.late for each in batch), default=0.0), 4),
                "seconds": round(seconds, 4),
            },
        )
        if not batch:
            return
        try:
            effects.timed_out(self._redis, batch, path)
        except RedisError as error:
            log.warning("redis was not told of a batch: %s", error)
        self._wake_keeper()
