"""Where the subscribers leave what they hear: they only read and enqueue, the database work is elsewhere."""

from collections import deque
from threading import Event
from time import sleep

from lapse.keys import Id
from lapse.kind import Kind

BATCH_LIMIT = 10_000
BATCH_WINDOW = 0.001  # seconds to wait for company when idle


class Inbox:
    """Ids heard and not yet handled. Any number of writers, one reader."""

    def __init__(self) -> None:
        self._heard: deque[tuple[Kind, Id]] = deque()
        self._ready = Event()

    def __len__(self) -> int:
        return len(self._heard)

    def put(self, kind: Kind, id: Id) -> None:
        """Leave an id; never waits."""
        self._heard.append((kind, id))
        if not self._ready.is_set():
            self._ready.set()

    def next_batch(self, timeout: float) -> dict[Kind, list[Id]]:
        """The next batch by kind, each id once, `BATCH_LIMIT` at most; empty after `timeout` seconds."""
        if not self._ready.wait(timeout):
            return {}
        if len(self._heard) < BATCH_LIMIT:
            sleep(BATCH_WINDOW)
        self._ready.clear()
        batch: dict[Kind, dict[Id, None]] = {}
        for _ in range(min(len(self._heard), BATCH_LIMIT)):
            kind, id = self._heard.popleft()
            batch.setdefault(kind, {})[id] = None
        if self._heard:
            self._ready.set()
        return {kind: list(ids) for kind, ids in batch.items()}
