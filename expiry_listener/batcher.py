"""The thread between the inbox and the database: one batch, one transaction, one line in the log."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from threading import Event
from time import monotonic

from expiry_listener.aftermath import Aftermath
from expiry_listener.inbox import Inbox
from expiry_listener.status import DUPLICATES
from expiry_listener.turns import Turns
from shared import timeouts
from shared.timeout_kinds import TimeoutKind
from shared.timeouts import Sessions

LOCKED_RETRY = 0.01  # seconds, doubled each time, before an order that somebody had locked is tried again
LOCKED_TRIES = 6
LOCKED_MANY = 100  # so many at once are left to a sweep, which looks again until none is locked any more
IDLE_WAIT = 0.1  # seconds


@dataclass(frozen=True)
class _Retry:
    at: float
    tries: int


class Batcher:
    """Times out what was heard. What came early or was locked is tried again; the rest is left to the sweep."""

    def __init__(
        self,
        inbox: Inbox,
        sessions: Sessions,
        aftermath: Aftermath,
        reconcile: Callable[[], None],
        turns: Turns,
        stop: Event,
    ) -> None:
        self._turns = turns
        self._inbox = inbox
        self._sessions = sessions
        self._aftermath = aftermath
        self._reconcile = reconcile
        self._stop = stop
        self._retries: dict[tuple[TimeoutKind, int], _Retry] = {}

    def run(self) -> None:
        """Handle batches until told to stop and the inbox is empty. Raises SQLAlchemyError in an outage."""
        while not self._stop.is_set() or len(self._inbox):
            for kind, ids in self._inbox.take(self._wait()).items():
                self._handle(kind, ids, tries=0)
            self._retry_due()

    def _handle(self, kind: TimeoutKind, ids: list[int], tries: int) -> None:
        began = monotonic()
        try:
            with self._turns.take():
                closed = timeouts.run(self._sessions, kind, ids, "event")
            missed = set(ids).difference(each.subject_id for each in closed)
            if missed:
                self._schedule(kind, missed, tries)
        except Exception:
            self._reconcile()  # the batch is forgotten here; the sweep finds its orders in the database
            raise
        self._aftermath(kind, "event", len(ids), closed, monotonic() - began)

    def _schedule(self, kind: TimeoutKind, missed: Collection[int], tries: int) -> None:
        with self._sessions() as session:
            still_open = timeouts.still_open(session, kind, list(missed))
        DUPLICATES.labels(kind.name).inc(len(missed) - len(still_open))  # somebody was quicker
        if len(still_open) > LOCKED_MANY:
            self._reconcile()
        for subject_id, remaining in still_open.items():
            if remaining > 0:
                self._retries[kind, subject_id] = _Retry(monotonic() + remaining, 0)
            elif tries < LOCKED_TRIES and len(still_open) <= LOCKED_MANY:
                self._retries[kind, subject_id] = _Retry(monotonic() + LOCKED_RETRY * 2**tries, tries + 1)

    def _retry_due(self) -> None:
        now = monotonic()
        groups: dict[tuple[TimeoutKind, int], list[int]] = {}
        for (kind, subject_id), retry in list(self._retries.items()):
            if retry.at <= now:
                del self._retries[kind, subject_id]
                groups.setdefault((kind, retry.tries), []).append(subject_id)
        for (kind, tries), ids in groups.items():
            self._handle(kind, ids, tries)

    def _wait(self) -> float:
        if not self._retries:
            return IDLE_WAIT
        nearest = min(retry.at for retry in self._retries.values())
        return min(max(nearest - monotonic(), 0), IDLE_WAIT)
