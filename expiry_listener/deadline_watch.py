"""Follows the deadlines in PostgreSQL while Redis cannot be trusted to tell of them."""

from collections.abc import Callable
from math import inf
from threading import Event
from time import monotonic

from expiry_listener.status import Status
from lapse import batches
from lapse.batches import Sessions
from lapse.kind import Kind
from lapse.registry import Timeouts

SHORTEST_SLEEP = 0.05  # seconds; what falls due meanwhile is swept together
LONGEST_SLEEP = 0.1  # seconds; nearer deadlines may be written meanwhile: an order's is never that near, others' may be


class DeadlineWatch:
    """Asks for a sweep at each deadline, one for all that fall due within `SHORTEST_SLEEP`."""

    def __init__(
        self,
        timeouts: Timeouts,
        sessions: Sessions,
        status: Status,
        sweep: Callable[[], None],
        stop: Event,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._timeouts = timeouts
        self._sessions = sessions
        self._status = status
        self._sweep = sweep
        self._stop = stop
        self._clock = clock
        self._next = -inf

    def run(self) -> None:
        """Watch until told to stop. Raises SQLAlchemyError when the database is away."""
        while not self._stop.wait(self.look()):
            pass

    def look(self) -> float:
        """Ask for a sweep if the next deadline has come, and return for how many seconds to sleep."""
        if self._status.trust.is_given or self._status.schema_problem:
            return self._rest()
        now = self._clock()
        following = now + min((self._seconds_left(kind) for kind in self._timeouts), default=inf)
        if now >= self._next:  # asked for after the look, it finds all that fell due before that
            self._sweep()
        self._next = following
        return min(max(following - self._clock(), SHORTEST_SLEEP), LONGEST_SLEEP)

    def _rest(self) -> float:
        """Blame no kind any more, and be ready to sweep what falls due before it is noticed that trust is gone."""
        for kind in self._timeouts:
            self._status.works(kind, "watch")
        self._next = -inf
        return SHORTEST_SLEEP

    def _seconds_left(self, kind: Kind) -> float:
        """Until the next deadline of a kind; infinite if there is none, or the kind fails."""
        seconds = inf
        with self._status.isolating(kind, "watch"), self._sessions() as session:
            seconds = batches.seconds_to_next(session, kind)
            self._status.works(kind, "watch")
        return seconds
