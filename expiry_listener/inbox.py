"""Where subscribers and nudgers leave what is due: they only read and enqueue, the database work is elsewhere."""

from collections import deque
from threading import Event
from time import monotonic

from lapse.keys import Id
from lapse.kind import Kind, Trigger

BATCH_LIMIT = 10_000

Batches = dict[tuple[Kind, Trigger], list[Id]]


class Inbox:
    """Ids left and not yet handled. Any number of writers, one reader."""

    def __init__(self) -> None:
        self._heard: deque[tuple[Kind, Id, Trigger, float]] = deque()
        self._ready = Event()
        self.since = 0.0
        """When the first of the last batch was left here, by the monotonic clock."""

    def __len__(self) -> int:
        return len(self._heard)

    def put(self, kind: Kind, id: Id, trigger: Trigger = "event") -> None:
        """Leave an id, and what told of it; never waits."""
        self._heard.append((kind, id, trigger, monotonic()))
        if not self._ready.is_set():
            self._ready.set()

    def next_batch(self, timeout: float) -> Batches:
        """The next batch by kind and trigger, each id once, `BATCH_LIMIT` at most; empty after `timeout` seconds."""
        if not self._ready.wait(timeout):
            return {}
        self._ready.clear()
        self.since = self._heard[0][3] if self._heard else monotonic()
        triggers: dict[tuple[Kind, Id], Trigger] = {}
        for _ in range(min(len(self._heard), BATCH_LIMIT)):
            kind, id, trigger, _ = self._heard.popleft()
            triggers.setdefault((kind, id), trigger)
        if self._heard:
            self._ready.set()
        batches: Batches = {}
        for (kind, id), trigger in triggers.items():
            batches.setdefault((kind, trigger), []).append(id)
        return batches
