"""Running a batch, for whoever finds something due: one at a time, then what follows it, and a line in the log."""

import logging
from collections.abc import Callable
from time import monotonic

from redis import Redis

from expiry_listener.batch_lock import BatchLock
from lapse.after_batch import after_batch
from lapse.kind import Batch

log = logging.getLogger(__name__)


class Closing:
    """Shared by batcher and sweeper; `committed` is called after each batch that closed something.

    A batch with something later than `bound` seconds is a warning.
    """

    def __init__(self, redis: Redis, committed: Callable[[], None], bound: float) -> None:
        self._redis = redis
        self._committed = committed
        self._bound = bound
        self._lock = BatchLock()

    def run(self, batch_of: Callable[[], Batch], heard: int | None = None) -> Batch:
        """Run a batch, of `heard` ids if it was heard of, and return it. Raises what `batch_of` does."""
        began = monotonic()
        with self._lock.held():
            batch = batch_of()
        if batch.closed or heard is not None:
            self._log(batch, heard, monotonic() - began)
        if batch.closed:
            after_batch(self._redis, batch)
            self._committed()
        return batch

    def _log(self, batch: Batch, heard: int | None, seconds: float) -> None:
        latest = max((each.late for each in batch.closed), default=0.0)
        log.log(
            logging.WARNING if latest > self._bound else logging.INFO,
            "batch",
            extra={
                "kind": batch.kind.name,
                "path": batch.trigger,
                "heard": len(batch) if heard is None else heard,
                "closed": len(batch),
                "latest": round(latest, 4),
                "seconds": round(seconds, 4),
            },
        )
