"""The daemon's parts and how they hang together.

once        Topology: which primaries there are; starts and stops what each has of its own
            Batcher  ◀── Inbox            one transaction for each batch heard
            Sweeper                       the overdue from PostgreSQL: at the start, at intervals, when asked
            DeadlineWatch                 asks it at each deadline, while Redis cannot be trusted
            RedisResync                   timers that Redis lost
            Additions                     the application's own loops
per primary Subscriber ──ids──▶ Inbox     asks for a sweep after every (re)subscription
            Nudger    ──ids──▶ Inbox     touches what is due, so that the subscriber hears of it; those it did not
            Unheard                       which these are
            Canary                        proves that it would
            SetupChecks                   how the primary is set up
both        Closing: batcher and sweeper take turns; then timers, the kind's hooks, the log
            Status: what each of them knows, for /readyz and /metrics; whether Redis can be trusted
"""

import logging
from collections.abc import Callable
from threading import Event, Thread
from uuid import uuid4

from redis import Redis

from expiry_listener.additions import Additions
from expiry_listener.batcher import Batcher
from expiry_listener.canary import Canary
from expiry_listener.closing import Closing
from expiry_listener.deadline_watch import DeadlineWatch
from expiry_listener.inbox import Inbox
from expiry_listener.nudger import Nudger
from expiry_listener.primary import Primary
from expiry_listener.redis_resync import RedisResync
from expiry_listener.setup_checks import SetupChecks
from expiry_listener.status import Status
from expiry_listener.subscriber import Subscriber
from expiry_listener.supervisor import supervise
from expiry_listener.sweeper import Sweeper
from expiry_listener.topology import Topology
from expiry_listener.unheard import Unheard
from lapse.batches import Sessions
from lapse.clock import DatabaseClock
from lapse.registry import Timeouts

log = logging.getLogger(__name__)

DRAIN_SECONDS = 4.0  # process managers kill after five


class Listener:
    """One listener of a registry; any number may run side by side.

    Without `nudge` it is a plain subscriber, for bench/. `additions` are made with how much is heard and not yet
    handled, and with what tells them to stop.
    """

    def __init__(
        self,
        timeouts: Timeouts,
        sessions: Sessions,
        redis: Redis,
        sweep_interval: float,
        *,
        nudge: bool = True,
        additions: Callable[[Callable[[], int], Event], Additions] = lambda backlog, stop: Additions(),
    ) -> None:
        self.id = uuid4().hex[:8]
        self.status = Status(sweep_interval)
        self._stop = Event()
        self._threads: list[Thread] = []
        self._timeouts = timeouts
        self._sessions = sessions
        self._redis = redis
        self._nudge = nudge
        self._clock = DatabaseClock()
        self._inbox = Inbox()
        self.additions = additions(self._inbox.__len__, self._stop)
        closing = Closing(redis, self.additions.batch_committed, bound=sweep_interval + 1)
        self.sweeper = Sweeper(
            timeouts, sessions, self._clock, self.status, closing, self.additions.schema_problem, self._stop
        )
        self._batcher = Batcher(self._inbox, sessions, closing, self.sweeper.request, self.status, self._stop)
        self._resync = RedisResync(timeouts, sessions, redis, self.additions, self.status, self._stop)
        self._watch = DeadlineWatch(timeouts, sessions, self.status, self.sweeper.request, self._stop)
        self._topology = Topology(redis, self._start_on, self.sweeper.request, self.status, self._stop)

    def start(self) -> None:
        """Start every thread; none of them gives up, so this never fails for a store that is away."""
        self.status.advise("application", self.additions.warnings())
        loops = {
            "sweeper": self.sweeper.run,
            "batcher": self._batcher.run,
            "resync": self._resync.run,
            **self.additions.loops(),
            "topology": self._topology.run,
        }
        if self._nudge:
            loops["deadline watch"] = self._watch.run
        self._threads += [supervise(name, run, self._stop) for name, run in loops.items()]

    def stop(self) -> None:
        """Stop reading, finish what was heard, and return within `DRAIN_SECONDS`."""
        self._stop.set()
        self.sweeper.request()
        self.additions.stop()
        for thread in [*self._threads, *self._topology.stop()]:
            thread.join(DRAIN_SECONDS)
        log.info("stopped", extra={"left_to_the_sweep": len(self._inbox)})

    def _start_on(self, primary: Primary, stop: Event) -> list[Thread]:
        """What each primary has of its own."""
        canary = Canary(primary, self._timeouts.keys, self.status, self.id, stop)
        checks = SetupChecks(primary, self._timeouts, self._sessions, self._clock, self.status, stop)
        unheard = Unheard()
        subscriber = Subscriber(
            primary,
            self._timeouts,
            self._inbox,
            unheard,
            self.status,
            checks.look,
            self.sweeper.request,
            canary.hear,
            stop,
        )
        loops = {"subscriber": subscriber.run, "canary": canary.run, "setup checks": checks.run}
        if self._nudge:
            loops["nudger"] = self._nudger_on(primary, unheard, stop).run
        return [supervise(f"{name} {primary.name}", run, stop) for name, run in loops.items()]

    def _nudger_on(self, primary: Primary, unheard: Unheard, stop: Event) -> Nudger:
        trust = self.status.trust
        trust.follow(primary.name)
        return Nudger(self._redis, primary, self._timeouts, self._clock, unheard, trust, self._inbox, stop)
