"""Brings Redis in step again after it lost something: timers that are gone, one by one or all together."""

import logging
from threading import Event

from redis import Redis

from expiry_listener.additions import Additions
from expiry_listener.status import Status
from lapse import timers
from lapse.batches import Sessions
from lapse.kind import Kind
from lapse.metrics import TIMERS_PENDING
from lapse.registry import Timeouts
from lapse.shards import tags

log = logging.getLogger(__name__)

CLAIM_MS = 60_000  # how long one listener has to put everything back before another tries


class RedisResync:
    """Looks every `status.sweep_interval` seconds: at a page of each kind's timers, and whether all are gone."""

    def __init__(
        self, timeouts: Timeouts, sessions: Sessions, redis: Redis, additions: Additions, status: Status, stop: Event
    ) -> None:
        self._timeouts = timeouts
        self._sessions = sessions
        self._redis = redis
        self._additions = additions
        self._status = status
        self._stop = stop
        self._cursors = {kind: timers.start(kind) for kind in timeouts if kind.is_armed}
        for kind in timeouts:
            TIMERS_PENDING.labels(kind.name)  # there from the start, at zero

    def run(self) -> None:
        """Resync until told to stop. Raises RedisError or SQLAlchemyError when a store is away."""
        while not self._stop.is_set():
            self._all_if_emptied()
            for kind in self._cursors:
                self._a_page(kind)
            for kind in self._timeouts:
                TIMERS_PENDING.labels(kind.name).set(timers.pending(self._redis, kind))
            self._stop.wait(self._status.sweep_interval)

    def _all_if_emptied(self) -> None:
        marks = [self._timeouts.keys.armed(tag) for tag in tags(self._redis)]
        missing = [mark for mark in marks if self._redis.set(mark, 1, nx=True, px=CLAIM_MS)]
        if not missing:
            return
        with self._sessions.begin() as session:
            self._additions.redis_was_emptied(session)
        for kind in self._cursors:
            self._all(kind)
        for mark in missing:
            self._redis.persist(mark)
        self._say_what_was_lost()

    def _say_what_was_lost(self) -> None:
        """At the first start of all there is nothing to be lost."""
        lost = sum(timers.pending(self._redis, kind) for kind in self._timeouts)
        if lost:
            log.warning("redis had lost our timers; they are back", extra={"timers": lost})
        else:
            log.info("redis holds no timers of ours, and nothing waits for one")

    def _all(self, kind: Kind) -> None:
        self._cursors[kind] = timers.start(kind)
        self._a_page(kind)
        while self._cursors[kind] != timers.start(kind) and not self._stop.is_set():
            self._a_page(kind)

    def _a_page(self, kind: Kind) -> None:
        """Resync the next page of a kind; one that fails begins anew next time."""
        following = timers.start(kind)
        with self._status.isolating(kind, "resync"), self._sessions() as session:
            following = timers.resync(session, self._redis, kind, self._cursors[kind])
            self._status.works(kind, "resync")
        self._cursors[kind] = following
