"""Whether Redis can be trusted to tell of every deadline; where not, PostgreSQL is asked for the next one."""

from collections.abc import Callable
from math import inf
from threading import Lock
from time import monotonic

LOOK_WITHIN = 0.25  # seconds between two looks of the nudge, which looks every 50 ms: one that hangs is noticed so soon


class Trust:
    """Redis is trusted while each primary is looked at and all timers were compared since something may be lost."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._looked: dict[str, float] = {}
        self._lost = -inf
        self._compared = -inf

    def follow(self, node: str) -> None:
        """Say that this primary's deadlines are followed from now on."""
        with self._lock:
            self._looked[node] = -inf

    def forget(self, node: str) -> None:
        """Say that there is no such primary any more, and what it had may be gone with it."""
        with self._lock:
            self._looked.pop(node, None)
            self._lost = self._clock()

    def look(self, node: str) -> None:
        """Say that this primary's deadlines were looked at."""
        with self._lock:
            if node in self._looked:
                self._looked[node] = self._clock()

    def lose(self) -> None:
        """Say that timers may be lost, or were not set."""
        with self._lock:
            self._lost = self._clock()

    def compare(self, began: float) -> None:
        """Say that since that moment all timers were compared with PostgreSQL."""
        with self._lock:
            self._compared = began

    @property
    def is_complete(self) -> bool:
        """Whether Redis has all timers, as far as is known."""
        return self._compared >= self._lost

    @property
    def is_given(self) -> bool:
        """Whether Redis has all timers and is looked at."""
        with self._lock:
            longest_ago = min(self._looked.values(), default=-inf)
        return self.is_complete and self._clock() - longest_ago < LOOK_WITHIN
