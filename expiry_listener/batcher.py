"""The thread between the inbox and the database: one batch of each kind, one transaction."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from threading import Event
from time import monotonic

from expiry_listener.closing import Closing
from expiry_listener.inbox import Inbox
from expiry_listener.status import Status
from lapse import batches, metrics
from lapse.batches import Sessions
from lapse.keys import Id
from lapse.kind import Batch, Kind, Trigger
from lapse.metrics import DUPLICATES

LOCKED_RETRY = 0.005  # seconds, doubled each time, before a subject that somebody had locked is tried again
LONGEST_RETRY = 0.04
LOCKED_TRIES = 90  # then it is locked for longer than PostgreSQL lets a transaction be idle
LOCKED_MANY = 100  # so many at once are left to a sweep, which looks again until none is locked any more
IDLE_WAIT = 0.1  # seconds


@dataclass(frozen=True)
class _Retry:
    at: float
    tries: int
    trigger: Trigger


@dataclass(frozen=True)
class _Work:
    kind: Kind
    ids: list[Id]
    trigger: Trigger
    tries: int = 0
    since: float | None = None


class Batcher:
    """Times out what was heard. What came early or was locked is tried again; the rest is left to the sweep."""

    def __init__(
        self,
        inbox: Inbox,
        sessions: Sessions,
        closing: Closing,
        reconcile: Callable[[], None],
        status: Status,
        stop: Event,
    ) -> None:
        self._inbox = inbox
        self._sessions = sessions
        self._closing = closing
        self._reconcile = reconcile
        self._status = status
        self._stop = stop
        self._retries: dict[tuple[Kind, Id], _Retry] = {}

    def run(self) -> None:
        """Handle batches until told to stop and the inbox is empty. Raises SQLAlchemyError in an outage."""
        while not self._stop.is_set() or len(self._inbox):
            heard = self._inbox.next_batch(self._wait())
            self._each_apart(
                _Work(kind, ids, trigger, since=self._inbox.since) for (kind, trigger), ids in heard.items()
            )
            self._each_apart(self._due_again())

    def _each_apart(self, works: Iterator[_Work]) -> None:
        """Handle each, whatever becomes of the others; raise at the end what an outage raised."""
        outage: Exception | None = None
        for work in works:
            failed_before = self._status.is_failing(work.kind)
            try:
                with self._status.isolating(work.kind, "events"):
                    self._handle(work)
                    self._status.works(work.kind, "events")
            except Exception as error:
                outage = error
            if outage or (self._status.is_failing(work.kind) and not failed_before):
                self._reconcile()  # the batch is forgotten here; the sweep finds its subjects in the database
        if outage:
            raise outage

    def _handle(self, work: _Work) -> None:
        batch = self._closing.run(lambda: self._begin(work), heard=len(work.ids))
        missed = set(work.ids).difference(each.id for each in batch.closed)
        if missed:
            self._schedule(work, missed)

    def _begin(self, work: _Work) -> Batch:
        if work.since is not None:
            metrics.took(work.kind.name, "statement", monotonic() - work.since)
        return batches.run(self._sessions, work.kind, work.ids, work.trigger)

    def _schedule(self, work: _Work, missed: Collection[Id]) -> None:
        kind, tries = work.kind, work.tries
        with self._sessions() as session:
            still_open = batches.still_open(session, kind, list(missed))
        DUPLICATES.labels(kind.name).inc(len(missed) - len(still_open))  # somebody was quicker
        if len(still_open) > LOCKED_MANY:
            self._reconcile()
        for id, remaining in still_open.items():
            if remaining > 0:
                self._retries[kind, id] = _Retry(monotonic() + remaining, 0, work.trigger)
            elif tries < LOCKED_TRIES and len(still_open) <= LOCKED_MANY:
                self._retries[kind, id] = _Retry(
                    monotonic() + min(LOCKED_RETRY * 2**tries, LONGEST_RETRY), tries + 1, work.trigger
                )

    def _due_again(self) -> Iterator[_Work]:
        now = monotonic()
        groups: dict[tuple[Kind, Trigger, int], list[Id]] = {}
        for (kind, id), retry in list(self._retries.items()):
            if retry.at <= now:
                del self._retries[kind, id]
                groups.setdefault((kind, retry.trigger, retry.tries), []).append(id)
        return (_Work(kind, ids, trigger, tries) for (kind, trigger, tries), ids in groups.items())

    def _wait(self) -> float:
        if not self._retries:
            return IDLE_WAIT
        nearest = min(retry.at for retry in self._retries.values())
        return min(max(nearest - monotonic(), 0), IDLE_WAIT)
