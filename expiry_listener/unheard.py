"""What was touched and not heard of: lost with a subscription, a buffer or a connection."""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from math import inf
from threading import Lock
from time import monotonic

PATIENCE = 0.025  # seconds from a touch until its event is missed; most take one or two milliseconds
QUIET = 0.01  # seconds; a subscriber that is behind in its reading hears one event after the other
LONGEST = 1.0  # seconds after which even its delay is no excuse
LIMIT = 10_000  # the oldest are forgotten beyond it, which leaves them to the sweep


class Unheard:
    """The touched timers of one primary, until they are heard of or lost.

    Which comes first, the touch or the event, is chance: Redis deletes some timers by itself.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._touched: OrderedDict[bytes, float] = OrderedDict()
        self._heard: OrderedDict[bytes, float] = OrderedDict()
        self._last_heard = -inf

    def __len__(self) -> int:
        return len(self._touched)

    def touch(self, keys: Iterable[bytes]) -> None:
        """Say that these were touched and are gone: of each an event must come, or has come."""
        now = self._clock()
        with self._lock:
            for key in keys:
                if now - self._heard.pop(key, -inf) > LONGEST:
                    _put(self._touched, key, now)

    def hear(self, key: bytes) -> float | None:
        """Say that its event came, and return how many seconds after its touch; None if it came first."""
        now = self._clock()
        with self._lock:
            self._last_heard = now
            touched = self._touched.pop(key, None)
            if touched is None:
                _put(self._heard, key, now)
                return None
            return now - touched

    def take_lost(self) -> list[bytes]:
        """Return, once, those whose event will not come any more."""
        now = self._clock()
        with self._lock:
            patience = PATIENCE if now - self._last_heard > QUIET else LONGEST
            lost = []
            while self._touched and now - next(iter(self._touched.values())) > patience:
                lost.append(self._touched.popitem(last=False)[0])
            return lost


def _put(keys: OrderedDict[bytes, float], key: bytes, now: float) -> None:
    """Add it as the newest."""
    keys[key] = now
    keys.move_to_end(key)
    if len(keys) > LIMIT:
        keys.popitem(last=False)
