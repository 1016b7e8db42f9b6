"""The nudge layer: touch each timer at its deadline, so that Redis announces it at once.

Redis announces a key when it deletes it, which for a key that nobody reads can be minutes after its TTL ended.
`EXISTS` on a key past its TTL deletes and announces it there and then.
"""

from collections.abc import Sequence
from threading import Event
from typing import Any

from redis import Redis

from lapse.clock import DatabaseClock

CHUNK = 1000
LONGEST_SLEEP = 0.05  # seconds; a nearer deadline than the head's may be added meanwhile
SHORTEST_SLEEP = 0.001
LONGEST_STUCK = 0.01  # seconds between touches of a timer that outlives its deadline
GIVE_UP_AFTER = 60_000  # milliseconds past a deadline; the sweep has long had the subject


class Nudger:
    """Sleeps until the head of one of `deadlines` (sorted sets) is due and touches what is due until it is gone."""

    def __init__(self, redis: Redis, deadlines: Sequence[str], clock: DatabaseClock, stop: Event) -> None:
        self._redis = redis
        self._deadlines = deadlines
        self._clock = clock
        self._stop = stop
        self._stuck = SHORTEST_SLEEP

    def run(self) -> None:
        """Nudge until told to stop. Raises RedisError when the primary is away."""
        while not self._stop.wait(self.nudge() if self._clock.is_set else LONGEST_SLEEP):
            pass

    def nudge(self) -> float:
        """Touch what is due now and return for how many seconds to sleep."""
        return min((self._nudge(deadlines) for deadlines in self._deadlines), default=LONGEST_SLEEP)

    def _nudge(self, deadlines: str) -> float:
        now = self._clock.milliseconds()
        due: Any = self._redis.zrange(deadlines, 0, now, byscore=True, offset=0, num=CHUNK, withscores=True)
        if due:
            is_stuck = self._touch(deadlines, due, now)
            self._stuck = min(self._stuck * 2, LONGEST_STUCK) if is_stuck else SHORTEST_SLEEP
            return self._stuck if is_stuck else 0
        head: Any = self._redis.zrange(deadlines, 0, 0, withscores=True)
        if not head:
            return LONGEST_SLEEP
        wait: float = (head[0][1] - now) / 1000
        return min(max(wait, SHORTEST_SLEEP), LONGEST_SLEEP)

    def _touch(self, deadlines: str, due: list[tuple[bytes, float]], now: int) -> bool:
        """Touch the due timers and forget those that are gone; True if any was still there."""
        pipeline = self._redis.pipeline(transaction=False)
        for key, _ in due:
            pipeline.exists(key)
        alive = pipeline.execute()
        gone = [
            key
            for (key, deadline), is_alive in zip(due, alive, strict=True)
            if not is_alive or deadline < now - GIVE_UP_AFTER
        ]
        if gone:
            self._redis.zrem(deadlines, *gone)
        return len(gone) < len(due)
