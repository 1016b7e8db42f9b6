"""Where the subscribers leave what they hear: they only read and enqueue, the database work is elsewhere."""

from collections import deque
from threading import Event
from time import sleep

from shared.timeout_kinds import TimeoutKind

BATCH_LIMIT = 10_000
BATCH_WINDOW = 0.001  # seconds to wait for company when idle


class Inbox:
    """Ids heard and not yet handled. Any number of writers, one reader."""

    def __init__(self) -> None:
        self._heard: deque[tuple[TimeoutKind, int]] = deque()
        self._ready = Event()

    def __len__(self) -> int:
        return len(self._heard)

    def put(self, kind: TimeoutKind, subject_id: int) -> None:
        """Leave an id; never waits."""
        self._heard.append((kind, subject_id))
        if not self._ready.is_set():
            self._ready.set()

    def take(self, timeout: float) -> dict[TimeoutKind, list[int]]:
        """The next batch by kind, each id once, `BATCH_LIMIT` at most; empty after `timeout` seconds."""
        if not self._ready.wait(timeout):
            return {}
        if len(self._heard) < BATCH_LIMIT:
            sleep(BATCH_WINDOW)
        self._ready.clear()
        batch: dict[TimeoutKind, dict[int, None]] = {}
        for _ in range(min(len(self._heard), BATCH_LIMIT)):
            kind, subject_id = self._heard.popleft()
            batch.setdefault(kind, {})[subject_id] = None
        if self._heard:
            self._ready.set()
        return {kind: list(ids) for kind, ids in batch.items()}
