"""When timeouts could happen: the bound of contract section 8 holds while the database and one listener live."""

from itertools import pairwise
from math import inf
from threading import Lock
from time import time

DATABASE = "database"


class Serving:
    """Who works at which moment, by the machine's clock, which is the database's too.

    `set` is called before something is broken and after it is whole again.
    """

    def __init__(self, listeners: list[str]) -> None:
        self._listeners = listeners
        self._broken: dict[str, set[str]] = {name: set() for name in (*listeners, DATABASE)}
        self._changes: list[tuple[float, bool]] = [(0.0, True)]
        self._lock = Lock()

    def set(self, name: str, reason: str, is_broken: bool) -> None:
        """Say that the database or a listener has a reason not to work, or no longer has it. Others are ignored."""
        with self._lock:
            if name not in self._broken:
                return
            change = self._broken[name].add if is_broken else self._broken[name].discard
            change(reason)
            is_served = not self._broken[DATABASE] and not all(self._broken[each] for each in self._listeners)
            if is_served != self._changes[-1][1]:
                self._changes.append((time(), is_served))

    def longest_within(self, begin: float, end: float) -> float:
        """The longest uninterrupted time of service between two moments, in seconds."""
        longest = 0.0
        for (since, is_served), (until, _) in pairwise([*self._changes, (inf, True)]):
            if is_served:
                longest = max(longest, min(until, end) - max(since, begin))
        return longest
