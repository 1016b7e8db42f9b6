"""What follows a committed batch, whoever ran it: timers that no event removed, and the kind's own hooks."""

import logging
from collections.abc import Callable, Iterator
from typing import Any, NoReturn, cast

from redis import Redis
from redis.exceptions import ConnectionError, RedisError

from lapse.kind import Batch

log = logging.getLogger(__name__)


class _Away:
    """Stands in for a Redis that was waited for in vain: what follows need not wait as long again."""

    def __getattr__(self, name: str) -> NoReturn:
        raise ConnectionError("it did not answer just now")


def after_batch(redis: Redis, batch: Batch) -> None:
    """Never fails: what goes wrong here is logged, for what is committed stands."""
    if not batch.closed:
        return
    for effect, told in _effects(batch):
        if not _attempt(batch, effect, redis, told):
            redis = cast(Redis, _Away())


def _effects(batch: Batch) -> Iterator[tuple[Callable[..., None], Any]]:
    """What is to be called, with Redis and with what it is told."""
    if batch.trigger == "sweep" and batch.kind.is_armed:
        yield batch.kind.disarm, [each.id for each in batch.closed]
    for hook in batch.kind.after_hooks:
        yield hook, batch


def _attempt(batch: Batch, effect: Callable[..., None], redis: Redis, told: Any) -> bool:
    """False when Redis did not answer."""
    try:
        effect(redis, told)
    except RedisError as error:
        log.warning("%s: redis was not told of a batch: %s", batch.kind, error)
        return False
    except Exception:
        log.exception("%s: what follows a batch failed", batch.kind)
    return True
