"""The sweep layer: the overdue straight from PostgreSQL. The only layer that correctness needs."""

import logging
from collections.abc import Callable
from threading import Event
from time import monotonic

from redis import Redis
from redis.exceptions import RedisError

from expiry_listener.status import Status
from shared import timeouts, timers
from shared.clock import DatabaseClock
from shared.timeouts import KINDS, Sessions, TimeoutKind

log = logging.getLogger(__name__)


class Sweeper:
    """Sweeps at the start, every `status.sweep_interval` seconds and whenever `request` is called."""

    def __init__(
        self,
        sessions: Sessions,
        redis: Redis,
        clock: DatabaseClock,
        status: Status,
        on_closed: Callable[[], None],
        stop: Event,
    ) -> None:
        self._sessions = sessions
        self._redis = redis
        self._clock = clock
        self._status = status
        self._on_closed = on_closed
        self._stop = stop
        self._requested = Event()

    def request(self) -> None:
        """Ask for a sweep now."""
        self._requested.set()

    def run(self) -> None:
        """Sweep until told to stop. Raises SQLAlchemyError when the database is away."""
        while not self._stop.is_set():
            self._requested.clear()
            began = monotonic()
            with self._sessions() as session:
                self._clock.observe(session)
            for kind in KINDS:
                self._sweep(kind)
            self._status.swept = monotonic()
            self._requested.wait(max(self._status.sweep_interval - (monotonic() - began), 0))

    def _sweep(self, kind: TimeoutKind) -> None:
        while not self._stop.is_set():
            began = monotonic()
            closed = timeouts.sweep(self._sessions, kind)
            if not closed:
                return
            self._status.swept = monotonic()
            self._on_closed()
            log.info(
                "batch",
                extra={
                    "kind": kind.name,
                    "path": "sweep",
                    "closed": len(closed),
                    "latest": round(max(each.late for each in closed), 4),
                    "seconds": round(monotonic() - began, 4),
                },
            )
            try:
                timers.disarm(self._redis, [each.order_id for each in closed])
            except RedisError as error:
                log.warning("timers not removed", extra={"error": str(error)})
