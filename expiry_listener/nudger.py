"""The nudge layer: touch each timer at its deadline, so that Redis announces it at once.

Redis announces a key when it deletes it, which for a key that nobody reads can be minutes after its TTL ended.
`EXISTS` on a key past its TTL deletes and announces it there and then. What is announced and does not arrive, the
nudge hands over itself.
"""

from threading import Event
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

from expiry_listener.inbox import Inbox
from expiry_listener.primary import Primary
from expiry_listener.trust import Trust
from expiry_listener.unheard import QUIET, Unheard
from lapse import metrics
from lapse.clock import DatabaseClock
from lapse.registry import Timeouts

CHUNK = 1000  # of each sorted set
LONGEST_SLEEP = 0.05  # seconds; a nearer deadline than the head's may be added meanwhile
SHORTEST_SLEEP = 0.001
LONGEST_STUCK = 0.01  # seconds between touches of a timer that outlives its deadline
GIVE_UP_AFTER = 60_000  # milliseconds past a deadline; the sweep has long had the subject

Timer = tuple[str, bytes, float]
"""The sorted set it is in, its key and its deadline."""


class Nudger:
    """Sleeps until the head of one of the primary's sorted sets is due, and touches what is due until it is gone.

    What was touched and not heard of goes into `inbox`.
    """

    def __init__(
        self,
        redis: Redis,
        primary: Primary,
        timeouts: Timeouts,
        clock: DatabaseClock,
        unheard: Unheard,
        trust: Trust,
        inbox: Inbox,
        stop: Event,
    ) -> None:
        self._redis = redis
        self._node = primary.name
        self._timeouts = timeouts
        self._deadlines = {
            timeouts.keys.deadlines(kind.name, tag): kind.name for kind in timeouts for tag in primary.shard_tags
        }
        self._marks = [timeouts.keys.armed(tag) for tag in primary.shard_tags]
        self._clock = clock
        self._unheard = unheard
        self._trust = trust
        self._inbox = inbox
        self._stop = stop
        self._stuck = SHORTEST_SLEEP

    def run(self) -> None:
        """Nudge until told to stop. Raises RedisError when the primary is away."""
        try:
            while not self._stop.wait(self.nudge() if self._clock.is_set else LONGEST_SLEEP):
                pass
        except RedisError:
            self._trust.lose()
            raise

    def nudge(self) -> float:
        """Touch what is due now, hand over what was lost, and return for how many seconds to sleep."""
        self._hand_over()
        due, wait = self._look()
        self._trust.look(self._node)
        if due:
            return self._touch(due)
        return min(wait, QUIET) if len(self._unheard) else wait

    def _hand_over(self) -> None:
        for key in self._unheard.take_lost():
            if found := self._timeouts.find(key):
                self._inbox.put(*found, "nudge")

    def _look(self) -> tuple[list[Timer], float]:
        """What is due, and in how many seconds the next will be, in one round trip for all sorted sets."""
        now = self._clock.milliseconds()
        pipeline = self._redis.pipeline(transaction=False)
        for deadlines in self._deadlines:
            pipeline.zrange(deadlines, 0, now, byscore=True, offset=0, num=CHUNK, withscores=True)
            pipeline.zrange(deadlines, 0, 0, withscores=True)
        for mark in self._marks:
            pipeline.exists(mark)
        found: list[Any] = pipeline.execute()
        if not all(found[2 * len(self._deadlines) :]):
            self._trust.lose()
        due = [(name, *timer) for name, timers in zip(self._deadlines, found[::2], strict=False) for timer in timers]
        heads = [head[0][1] for head in found[1 : 2 * len(self._deadlines) : 2] if head]
        wait: float = (min(heads) - now) / 1000 if heads else LONGEST_SLEEP
        return due, min(max(wait, SHORTEST_SLEEP), LONGEST_SLEEP)

    def _touch(self, due: list[Timer]) -> float:
        """Touch these timers, forget those that are gone, and return for how many seconds to sleep."""
        pipeline = self._redis.pipeline(transaction=False)
        for _, key, _ in due:
            pipeline.exists(key)
        alive = [timer for timer, is_alive in zip(due, pipeline.execute(), strict=True) if is_alive]
        over = self._clock.milliseconds() - GIVE_UP_AFTER
        stuck = {(name, key) for name, key, deadline in alive if deadline >= over}
        gone = {key for _, key, _ in due}.difference(key for _, key, _ in alive)
        self._unheard.touch(key for _, key, _ in due if key in gone)
        self._measure([timer for timer in due if timer[1] in gone])
        self._forget([(name, key) for name, key, _ in due if (name, key) not in stuck])
        self._stuck = min(self._stuck * 2, LONGEST_STUCK) if stuck else SHORTEST_SLEEP
        return self._stuck if stuck else 0

    def _measure(self, gone: list[Timer]) -> None:
        """Note of each kind how long after its deadline the first was touched away."""
        now = self._clock.milliseconds()
        firsts = {self._deadlines[name]: deadline for name, _, deadline in reversed(gone)}
        for kind, deadline in firsts.items():
            metrics.took(kind, "touched", (now - deadline) / 1000)

    def _forget(self, timers: list[tuple[str, bytes]]) -> None:
        """Take these out of their sorted sets."""
        by_set: dict[str, list[bytes]] = {}
        for name, key in timers:
            by_set.setdefault(name, []).append(key)
        pipeline = self._redis.pipeline(transaction=False)
        for name, keys in by_set.items():
            pipeline.zrem(name, *keys)
        pipeline.execute()
