"""Looks again and again at how a primary is set up, and says in the log and in `/readyz` what is wrong with it."""

from threading import Event

from expiry_listener.elsewhere import timers_elsewhere
from expiry_listener.primary import Primary
from expiry_listener.self_check import self_check
from expiry_listener.status import Status
from shared.clock import DatabaseClock
from shared.timeouts import Sessions

UNTIL_CLOCK_IS_SET = 0.2  # seconds


class Checkup:
    """Looks every `status.sweep_interval` seconds and, for the subscriber, before each subscription."""

    def __init__(self, primary: Primary, sessions: Sessions, clock: DatabaseClock, status: Status, stop: Event) -> None:
        self._primary = primary
        self._sessions = sessions
        self._clock = clock
        self._status = status
        self._stop = stop
        self._elsewhere: list[str] = []

    def look(self) -> None:
        """Ask the primary, and nobody else. Raises RedisError when it is away."""
        self._status.advise(self._primary.name, [*self_check(self._primary, self._clock), *self._elsewhere])

    def run(self) -> None:
        """Look until told to stop. Raises RedisError or SQLAlchemyError when a store is away."""
        while not self._stop.wait(self._status.sweep_interval if self._clock.is_set else UNTIL_CLOCK_IS_SET):
            with self._sessions() as session:
                self._elsewhere = timers_elsewhere(self._primary, session)
            self.look()
