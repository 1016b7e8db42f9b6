"""One batch at a time in a listener: a second would only pass over what the first has locked."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

LONGEST_WAIT = 0.5  # seconds; then go on beside the other, whose connection may hang


class BatchLock:
    """Held by whoever runs a batch."""

    def __init__(self) -> None:
        self._lock = Lock()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Wait for the other's batch to end, `LONGEST_WAIT` at most."""
        is_mine = self._lock.acquire(timeout=LONGEST_WAIT)
        try:
            yield
        finally:
            if is_mine:
                self._lock.release()
