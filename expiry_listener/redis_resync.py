"""Brings Redis in step again after it lost something: timers that are gone, one by one or all together."""

import logging
from threading import Event
from time import monotonic

from redis import Redis
from redis.exceptions import RedisError

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
    """Looks every `status.sweep_interval` seconds: at a page of each kind's timers, or at all when some may be lost."""

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
        try:
            while not self._stop.is_set():
                self._look()
                self._stop.wait(self._status.sweep_interval)
        except RedisError:
            self._status.trust.lose()
            raise

    def _look(self) -> None:
        began = monotonic()
        marks = [self._timeouts.keys.armed(tag) for tag in tags(self._redis)]
        missing = [mark for mark in marks if self._redis.set(mark, 1, nx=True, px=CLAIM_MS)]
        if missing:
            with self._sessions.begin() as session:
                self._additions.redis_was_emptied(session)
        resync = self._a_page if self._status.trust.is_complete and not missing else self._all
        for kind in self._cursors:
            resync(kind)
        for mark in missing:
            self._redis.persist(mark)
        self._status.trust.compare(began)
        self._count(just_put_back=bool(missing))

    def _count(self, just_put_back: bool) -> None:
        """Count the timers; what was put back into an emptied Redis is what it had lost."""
        counts = {kind: timers.pending(self._redis, kind) for kind in self._timeouts}
        for kind, count in counts.items():
            TIMERS_PENDING.labels(kind.name).set(count)
        if just_put_back and any(counts.values()):
            log.warning("redis had lost our timers; they are back", extra={"timers": sum(counts.values())})

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
