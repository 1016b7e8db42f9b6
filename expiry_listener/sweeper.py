"""The sweep layer: the overdue straight from PostgreSQL. The only layer that correctness needs."""

from threading import Event
from time import monotonic, time

from expiry_listener.aftermath import Aftermath
from expiry_listener.self_check import clock_check
from expiry_listener.status import Status
from expiry_listener.turns import Turns
from shared import timeouts
from shared.clock import DatabaseClock
from shared.stores.migrated import is_migrated
from shared.timeout_kinds import KINDS, TimeoutKind
from shared.timeouts import Sessions

TIGHT_INTERVAL = 1.0  # seconds
RETRY = 0.2  # seconds until what somebody had locked is looked at again


class Sweeper:
    """Sweeps at the start, every `status.sweep_interval` seconds and whenever `request` is called."""

    def __init__(
        self,
        sessions: Sessions,
        clock: DatabaseClock,
        status: Status,
        aftermath: Aftermath,
        turns: Turns,
        stop: Event,
    ) -> None:
        self._sessions = sessions
        self._turns = turns
        self._clock = clock
        self._status = status
        self._aftermath = aftermath
        self._stop = stop
        self.requested = Event()
        self.began = 0.0

    def request(self) -> None:
        """Ask for a sweep now."""
        self.requested.set()

    def run(self) -> None:
        """Sweep until told to stop. Raises SQLAlchemyError when the database is away."""
        while not self._stop.is_set():
            self.requested.clear()
            self.began = monotonic()
            with self._sessions() as session:
                self._clock.observe(session)
                self._status.advise("app", clock_check(self._clock, time()))
                self._status.set_migrated(is_migrated(session))
            for kind in KINDS:
                self._sweep(kind)
            pause = RETRY if self._is_left() else max(self._interval() - (monotonic() - self.began), 0)
            self._status.swept = monotonic()
            self.requested.wait(pause)

    def _is_left(self) -> bool:
        with self._sessions() as session:
            return any(timeouts.is_left(session, kind) for kind in KINDS)

    def _interval(self) -> float:
        """Shorter while events are missing, for then orders are as late as the sweep."""
        usual = self._status.sweep_interval
        return min(usual, TIGHT_INTERVAL) if self._status.missing_events() else usual

    def _sweep(self, kind: TimeoutKind) -> None:
        while not self._stop.is_set():
            began = monotonic()
            with self._turns.take():
                closed = timeouts.sweep(self._sessions, kind)
            if not closed:
                return
            self._status.swept = monotonic()
            self._aftermath(kind, "sweep", len(closed), closed, monotonic() - began)
