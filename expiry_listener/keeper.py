"""Keeps Redis in step with PostgreSQL: wallets from the outbox, and everything again after Redis was emptied."""

import logging
from threading import Event
from time import monotonic

from redis import Redis

from expiry_listener.status import TIMERS_PENDING
from shared import timers, wallet
from shared.shards import armed_marks, pending
from shared.timeout_kinds import ORDER
from shared.timeouts import Sessions

log = logging.getLogger(__name__)

QUIET = 0.05  # seconds without a batch after which wallets are brought in step
PATIENCE = 0.5  # seconds that wallets wait for such a moment
CLAIM_MS = 60_000  # how long one listener has to put everything back before another tries


class Keeper:
    """Runs every `interval` seconds and whenever `wake` is called."""

    def __init__(self, sessions: Sessions, redis: Redis, interval: float, stop: Event) -> None:
        self._sessions = sessions
        self._redis = redis
        self._interval = interval
        self._stop = stop
        self._woken = Event()
        self._timer_cursor = timers.START

    def wake(self) -> None:
        """Ask for a run now: a batch was committed."""
        self._woken.set()

    def run(self) -> None:
        """Keep in step until told to stop. Raises RedisError or SQLAlchemyError when a store is away."""
        look_at = 0.0
        while not self._stop.is_set():
            self._project_wallets()
            if monotonic() >= look_at:
                self._put_back_if_emptied()
                self._project_wallets()
                self._timer_cursor = self._arm_missing(self._timer_cursor)
                TIMERS_PENDING.set(pending(self._redis, ORDER.name))
                look_at = monotonic() + self._interval
            self._wait(look_at)

    def _wait(self, look_at: float) -> None:
        """Return when woken and then left alone for a moment: a backlog wakes again and again, and goes first."""
        self._woken.wait(max(look_at - monotonic(), 0))
        latest = monotonic() + PATIENCE
        while self._woken.is_set() and not self._stop.is_set() and monotonic() < latest:
            self._woken.clear()
            self._woken.wait(QUIET)

    def _put_back_if_emptied(self) -> None:
        marks = armed_marks(self._redis)
        missing = [mark for mark in marks if self._redis.set(mark, 1, nx=True, px=CLAIM_MS)]
        if not missing:
            return
        log.warning("redis was emptied; putting timers and wallets back")
        with self._sessions.begin() as session:
            wallet.refill(session)
        cursor = self._arm_missing(timers.START)
        while cursor != timers.START and not self._stop.is_set():
            cursor = self._arm_missing(cursor)
        for mark in missing:
            self._redis.persist(mark)

    def _project_wallets(self) -> None:
        with self._sessions() as session:
            while wallet.project_pending(session, self._redis) and not self._stop.is_set():
                if self._woken.is_set():
                    return

    def _arm_missing(self, cursor: timers.Cursor) -> timers.Cursor:
        with self._sessions() as session:
            return timers.arm_missing(session, self._redis, cursor)
