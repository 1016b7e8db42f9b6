"""What follows a committed batch, whoever ran it: timers that no event removed, and the kind's own hooks."""

import logging
from collections.abc import Callable
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

from lapse.kind import Batch

log = logging.getLogger(__name__)


def after_batch(redis: Redis, batch: Batch) -> None:
    """Never fails: what goes wrong here is logged, for what is committed stands."""
    if not batch.closed:
        return
    if batch.trigger == "sweep" and batch.kind.is_armed:
        _attempt(batch, batch.kind.disarm, redis, [each.id for each in batch.closed])
    for hook in batch.kind.after_hooks:
        _attempt(batch, hook, redis, batch)


def _attempt(batch: Batch, effect: Callable[..., None], *arguments: Any) -> None:
    try:
        effect(*arguments)
    except RedisError as error:
        log.warning("%s: redis was not told of a batch: %s", batch.kind, error)
    except Exception:
        log.exception("%s: what follows a batch failed", batch.kind)
