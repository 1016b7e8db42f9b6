"""The daemon's parts and how they hang together.

Subscriber ──ids──▶ Inbox ──▶ Batcher ──▶ PostgreSQL ◀── Sweeper
    ▲                                                      ▲
each primary  ◀── Nudger, Canary, Checkup    after every (re)subscription

Watcher: which primaries there are

Cashdesk ──▶ payment provider: refunds that are due, and payments of which no notice came
"""

import logging
from collections.abc import Callable
from threading import Event, Thread
from uuid import uuid4

from redis import Redis

from expiry_listener.aftermath import Aftermath
from expiry_listener.batcher import Batcher
from expiry_listener.canary import Canary
from expiry_listener.cashdesk import Cashdesk
from expiry_listener.checkup import Checkup
from expiry_listener.inbox import Inbox
from expiry_listener.keeper import Keeper
from expiry_listener.nudger import Nudger
from expiry_listener.primary import Primary
from expiry_listener.status import Status
from expiry_listener.subscriber import Subscriber
from expiry_listener.supervise import supervise
from expiry_listener.sweeper import Sweeper
from expiry_listener.turns import Turns
from expiry_listener.watcher import Watcher
from shared.clock import DatabaseClock
from shared.payments import Provider
from shared.timeouts import Sessions

log = logging.getLogger(__name__)

DRAIN_SECONDS = 4.0  # process managers kill after five


class Listener:
    """One listener; any number may run side by side. Without `nudge` it is a plain subscriber, for bench/.

    Without `provider` it leaves payments alone.
    """

    def __init__(
        self,
        sessions: Sessions,
        redis: Redis,
        sweep_interval: float,
        *,
        nudge: bool = True,
        provider: Provider | None = None,
    ) -> None:
        self.id = uuid4().hex[:8]
        self.status = Status(sweep_interval)
        self._stop = Event()
        self._threads: list[Thread] = []
        self._sessions = sessions
        self._redis = redis
        self._nudge = nudge
        self._clock = DatabaseClock()
        self._inbox = Inbox()
        self._keeper = Keeper(sessions, redis, sweep_interval, self._inbox.__len__, self._stop)
        aftermath = Aftermath(redis, self._keeper.wake)
        turns = Turns()
        self.sweeper = Sweeper(sessions, self._clock, self.status, aftermath, turns, self._stop)
        self._batcher = Batcher(self._inbox, sessions, aftermath, self.sweeper.request, turns, self._stop)
        self._watcher = Watcher(redis, self._start_on, self.sweeper.request, self.status, self._stop)
        self._cashdesk = Cashdesk(sessions, redis, provider, self._stop) if provider else None

    def start(self) -> None:
        """Start every thread; none of them gives up, so this never fails for a store that is away."""
        self._supervise("sweeper", self.sweeper.run)
        self._supervise("batcher", self._batcher.run)
        self._supervise("keeper", self._keeper.run)
        if self._cashdesk:
            self._supervise("cashdesk", self._cashdesk.run)
        self._supervise("watcher", self._watcher.run)

    def stop(self) -> None:
        """Stop reading, finish what was heard, and return within `DRAIN_SECONDS`."""
        self._stop.set()
        self.sweeper.request()
        self._keeper.wake()
        for thread in [*self._threads, *self._watcher.stop()]:
            thread.join(DRAIN_SECONDS)
        log.info("stopped", extra={"left_to_the_sweep": len(self._inbox)})

    def _start_on(self, primary: Primary, stop: Event) -> list[Thread]:
        """What each primary has of its own: a subscription, a canary, a checkup and a nudge."""
        canary = Canary(primary, self.status, self.id, stop)
        checkup = Checkup(primary, self._sessions, self._clock, self.status, stop)
        subscriber = Subscriber(
            primary, self._inbox, self.status, checkup.look, self.sweeper.request, canary.hear, stop
        )
        loops = {"subscriber": subscriber.run, "canary": canary.run, "checkup": checkup.run}
        if self._nudge:
            loops["nudger"] = Nudger(self._redis, primary.shards, self._clock, stop).run
        return [supervise(f"{name} {primary.name}", run, stop) for name, run in loops.items()]

    def _supervise(self, name: str, run: Callable[[], None]) -> None:
        self._threads.append(supervise(name, run, self._stop))
