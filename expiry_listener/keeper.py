"""Keeps Redis in step with PostgreSQL: wallets from the outbox, and everything again after Redis was emptied."""

import logging
from collections.abc import Callable
from threading import Event
from time import monotonic

from redis import Redis

from expiry_listener.status import TIMERS_PENDING
from shared import timers
from shared.coupons import wallet
from shared.shards import armed_marks, pending
from shared.timeout_kinds import ORDER
from shared.timeouts import Sessions

log = logging.getLogger(__name__)

QUIET = 0.05  # seconds between looks whether the backlog is gone
PATIENCE = 2.0  # seconds that wallets wait for that: orders go first, but no wallet waits for ever
CLAIM_MS = 60_000  # how long one listener has to put everything back before another tries


class Keeper:
    """Runs every `interval` seconds and whenever `wake` is called; `backlog` says how much others have to do."""

    def __init__(
        self, sessions: Sessions, redis: Redis, interval: float, backlog: Callable[[], int], stop: Event
    ) -> None:
        self._sessions = sessions
        self._redis = redis
        self._interval = interval
        self._backlog = backlog
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
            self._woken.clear()
            self._project_wallets()
            if monotonic() >= look_at:
                self._put_back_if_emptied()
                self._project_wallets()
                self._timer_cursor = self._arm_missing(self._timer_cursor)
                TIMERS_PENDING.set(pending(self._redis, ORDER.name))
                look_at = monotonic() + self._interval
            self._woken.wait(max(look_at - monotonic(), 0))

    def _put_back_if_emptied(self) -> None:
        marks = armed_marks(self._redis)
        missing = [mark for mark in marks if self._redis.set(mark, 1, nx=True, px=CLAIM_MS)]
        if not missing:
            return
        log.warning("redis was emptied; putting timers and wallets back")
        with self._sessions.begin() as session:
            wallet.resync_all(session)
        cursor = self._arm_missing(timers.START)
        while cursor != timers.START and not self._stop.is_set():
            cursor = self._arm_missing(cursor)
        for mark in missing:
            self._redis.persist(mark)

    def _project_wallets(self) -> None:
        with self._sessions() as session:
            self._let_the_backlog_go_first()
            while wallet.project_pending(session, self._redis) and not self._stop.is_set():
                self._let_the_backlog_go_first()

    def _let_the_backlog_go_first(self) -> None:
        latest = monotonic() + PATIENCE
        while self._backlog() and monotonic() < latest and not self._stop.is_set():
            self._stop.wait(QUIET)

    def _arm_missing(self, cursor: timers.Cursor) -> timers.Cursor:
        with self._sessions() as session:
            return timers.arm_missing(session, self._redis, cursor)
