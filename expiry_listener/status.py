"""What the listener knows of itself, for `/readyz` and `/metrics`."""

import contextlib
import logging
from dataclasses import dataclass, field
from time import monotonic

from prometheus_client import Counter, Gauge

from shared.timeout_kinds import KINDS

log = logging.getLogger(__name__)

SUBSCRIPTION_UP = Gauge("expiry_subscription_up", "1 while subscribed to a Redis primary.", ["node"])
RECONNECTS = Counter("expiry_reconnects", "Subscriptions that had to be made anew.")
DUPLICATES = Counter("expiry_duplicates", "Events heard for a subject that was no longer open.", ["kind"])
CANARY_LAG = Gauge("expiry_canary_lag_seconds", "From the canary's deadline until its event was heard.")
TIMERS_PENDING = Gauge("order_timers_pending", "Deadlines waiting in Redis.")

for _kind in KINDS:
    DUPLICATES.labels(_kind.name)

UNMIGRATED = "database: migrations are missing; run `flask --app wsgi db upgrade`"
CANARY_SILENCE = 5.0  # seconds without a canary after which events count as missing


@dataclass
class Status:
    """Written by the threads, each its own part; read by the health server."""

    sweep_interval: float
    subscribed: dict[str, bool] = field(default_factory=dict)
    canary_heard: dict[str, float] = field(default_factory=dict)
    advice: dict[str, list[str]] = field(default_factory=dict)
    swept: float | None = None
    migrated: bool = True

    def set_subscribed(self, node: str, up: bool) -> None:
        """Say whether the subscription on that primary stands."""
        self.subscribed[node] = up
        SUBSCRIPTION_UP.labels(node).set(up)

    def forget(self, node: str) -> None:
        """Say that there is no such primary any more."""
        self.subscribed.pop(node, None)
        self.canary_heard.pop(node, None)
        self.advice.pop(node, None)
        with contextlib.suppress(KeyError):
            SUBSCRIPTION_UP.remove(node)

    def hear_canary(self, node: str, lag: float) -> None:
        """Say that the canary of that primary came, `lag` seconds after its deadline."""
        self.canary_heard[node] = monotonic()
        CANARY_LAG.set(lag)

    def set_migrated(self, migrated: bool) -> None:
        """Say whether the database has the schema of this code."""
        if self.migrated and not migrated:
            log.warning(UNMIGRATED)
        self.migrated = migrated

    def advise(self, subject: str, lines: list[str]) -> None:
        """Say what is set up badly with that subject; what is new goes to the log."""
        for line in lines:
            if line not in self.advice.get(subject, ()):
                log.warning(line)
        self.advice[subject] = lines

    def problems(self) -> list[str]:
        """Why the listener is not ready, one line each; empty when it is."""
        now = monotonic()
        found = []
        if not self.migrated:
            found.append(UNMIGRATED)
        elif self.swept is None or now - self.swept > self.sweep_interval + 2:
            found.append("database: no sweep has succeeded lately; overdue orders wait until it answers")
        return found + self.missing_events()

    def missing_events(self) -> list[str]:
        """From which primaries no events come, one line each."""
        if not self.subscribed:
            return ["redis: no primary is known yet; running on the sweep"]
        silent_since = monotonic() - CANARY_SILENCE
        found = []
        for node, up in list(self.subscribed.items()):
            if not up:
                found.append(f"redis {node}: not subscribed; running on the sweep")
            elif self.canary_heard.get(node, silent_since) <= silent_since:
                found.append(f"redis {node}: expired events do not arrive; running on the sweep")
        return found

    def warnings(self) -> list[str]:
        """What is set up badly, and does not stop the listener."""
        return [line for lines in list(self.advice.values()) for line in lines]
