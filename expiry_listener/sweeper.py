"""The sweep layer: the overdue straight from PostgreSQL. The only layer that correctness needs."""

from collections.abc import Callable
from threading import Event
from time import monotonic, time

from sqlalchemy.orm import Session

from expiry_listener.closing import Closing
from expiry_listener.setup_checks import clock_check
from expiry_listener.status import Status
from lapse import batches, quarantine
from lapse.batches import Sessions
from lapse.clock import DatabaseClock
from lapse.keys import Id
from lapse.kind import Kind
from lapse.registry import Timeouts

TIGHT_INTERVAL = 1.0  # seconds
PUT_ASIDE = "kind {}: some fail by themselves and are put aside; quarantined_timeouts has their errors"
RETRY = 0.2  # seconds until what somebody had locked is looked at again


class StaysOpen(Exception):
    """What was closed is open and overdue as before: a closing must make the kind's `open` false."""


class Sweeper:
    """Sweeps at the start, every `status.sweep_interval` seconds and whenever `request` is called."""

    def __init__(
        self,
        timeouts: Timeouts,
        sessions: Sessions,
        clock: DatabaseClock,
        status: Status,
        closing: Closing,
        schema_problem: Callable[[Session], str | None],
        stop: Event,
    ) -> None:
        self._timeouts = timeouts
        self._sessions = sessions
        self._clock = clock
        self._status = status
        self._closing = closing
        self._schema_problem = schema_problem
        self._stop = stop
        self._requested = Event()
        self._resting = False

    @property
    def is_resting(self) -> bool:
        """Whether a sweep has ended, none has begun since and none is asked for."""
        return self._resting and not self._requested.is_set()

    def request(self) -> None:
        """Ask for a sweep now."""
        self._requested.set()

    def run(self) -> None:
        """Sweep until told to stop. Raises SQLAlchemyError when the database is away."""
        while not self._stop.is_set():
            self._status.looked = monotonic()
            self._resting = False
            self._requested.clear()
            began = monotonic()
            self._observe()
            is_left = False if self._status.schema_problem else self._sweep()
            pause = RETRY if is_left else max(self._interval() - (monotonic() - began), 0)
            self._status.swept = monotonic()
            self._resting = True
            self._requested.wait(pause)

    def _observe(self) -> None:
        with self._sessions() as session:
            self._clock.observe(session)
            self._status.advise("app", clock_check(self._clock, time()))
            self._status.set_schema_problem(self._schema_problem(session))
            if not self._status.schema_problem:
                self._look_into_quarantine(session)

    def _look_into_quarantine(self, session: Session) -> None:
        """What was put aside is said; at the start all of it is tried again, for what was wrong may be mended."""
        if self._status.swept is None:
            quarantine.retry_now(session, [kind.name for kind in self._timeouts])
            session.commit()
        found = quarantine.kinds_in(session)
        self._status.advise(
            "quarantine", [PUT_ASIDE.format(each.name) for each in self._timeouts if each.name in found]
        )

    def _sweep(self) -> bool:
        """Sweep all kinds, batch by batch in turn, and return whether something overdue was locked.

        A kind that fails ends its own part; what an outage raised is raised when the others are done.
        """
        outage: Exception | None = None
        rounds = {kind: _Round(kind) for kind in self._timeouts}
        while rounds and not self._stop.is_set():
            for kind, round in list(rounds.items()):
                goes_on = False
                try:
                    with self._status.isolating(kind, "sweep"):
                        goes_on = self._sweep_once(round)
                except Exception as error:
                    outage = error
                if not goes_on:
                    del rounds[kind]
        if outage:
            raise outage
        return self._is_left()

    def _sweep_once(self, round: "_Round") -> bool:
        """One batch of a kind; False when nothing is left. Raises StaysOpen."""
        batch = self._closing.run(lambda: batches.sweep(self._sessions, round.kind))
        if not batch.closed:
            self._status.works(round.kind, "sweep")
            self._try_for_events(round.kind)
            return False
        self._status.swept = monotonic()
        round.saw({each.id for each in batch.closed})
        return True

    def _try_for_events(self, kind: Kind) -> None:
        """Find out whether events of a kind that failed would work again: there may be none for hours to show it."""
        if self._status.is_failing(kind):
            with self._status.isolating(kind, "events"), self._sessions() as session:
                batches.still_open(session, kind, ())
                self._status.works(kind, "events")

    def _is_left(self) -> bool:
        with self._sessions() as session:
            working = (kind for kind in self._timeouts if not self._status.is_failing(kind))
            return any(batches.is_left(session, kind) for kind in working)

    def _interval(self) -> float:
        """Shorter while events are missing, for then subjects are as late as the sweep, or something is wrong."""
        usual = self._status.sweep_interval
        return min(usual, TIGHT_INTERVAL) if self._status.is_hampered() else usual


class _Round:
    """What one sweep closed of a kind, so that a closing that closes nothing does not go on for ever."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self._last: set[Id] = set()

    def saw(self, ids: set[Id]) -> None:
        again = len(ids & self._last)
        if again:
            raise StaysOpen(f"{again} that were just closed are open and overdue; does closing make `open` false?")
        self._last = ids
