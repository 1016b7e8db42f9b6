"""What the listener knows of itself, for `/readyz` and `/metrics`."""

import contextlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from time import monotonic

from prometheus_client import Counter, Gauge
from sqlalchemy.exc import DBAPIError

from expiry_listener.trust import Trust
from lapse.batches import is_outage
from lapse.kind import Kind

log = logging.getLogger(__name__)

SUBSCRIPTION_UP = Gauge("expiry_subscription_up", "1 while subscribed to a Redis primary.", ["node"])
RECONNECTS = Counter("expiry_reconnects", "Subscriptions that had to be made anew.")
CANARY_LAG = Gauge("expiry_canary_lag_seconds", "From the canary's deadline until its event was heard.")

STUCK = 30.0  # seconds beyond the interval without a new sweep; a store that is away fails one sooner than that
CANARY_SILENCE = 5.0  # seconds without a canary after which events count as missing


@dataclass
class Status:
    """Written by the threads, each its own part; read by the health server."""

    sweep_interval: float
    subscribed: dict[str, bool] = field(default_factory=dict)
    canary_heard: dict[str, float] = field(default_factory=dict)
    advice: dict[str, list[str]] = field(default_factory=dict)
    failing: dict[tuple[str, str], str] = field(default_factory=dict)
    swept: float | None = None
    looked: float = field(default_factory=monotonic)
    schema_problem: str | None = None
    trust: Trust = field(default_factory=Trust)

    def set_subscribed(self, node: str, up: bool) -> None:
        """Say whether the subscription on that primary stands."""
        self.subscribed[node] = up
        SUBSCRIPTION_UP.labels(node).set(up)

    def forget(self, node: str) -> None:
        """Say that there is no such primary any more."""
        self.subscribed.pop(node, None)
        self.canary_heard.pop(node, None)
        self.advice.pop(node, None)
        self.trust.forget(node)
        with contextlib.suppress(KeyError):
            SUBSCRIPTION_UP.remove(node)

    def hear_canary(self, node: str, lag: float) -> None:
        """Say that the canary of that primary came, `lag` seconds after its deadline."""
        self.canary_heard[node] = monotonic()
        CANARY_LAG.set(lag)

    def set_schema_problem(self, problem: str | None) -> None:
        """Say why nothing can work on this database yet."""
        if problem and problem != self.schema_problem:
            log.warning(problem)
        self.schema_problem = problem

    @contextlib.contextmanager
    def isolating(self, kind: Kind, part: str) -> Iterator[None]:
        """Keep to that kind what goes wrong with it; raise only what says that a store is away."""
        try:
            yield
        except Exception as error:
            if is_outage(error):
                raise
            self._fail(kind, part, error)

    def works(self, kind: Kind, part: str) -> None:
        """Say that this part of the kind works, or works again."""
        self.failing.pop((kind.name, part), None)

    def is_failing(self, kind: Kind) -> bool:
        """Whether something of that kind went wrong lately, and not yet right again."""
        return any(name == kind.name for name, _ in self.failing)

    def _fail(self, kind: Kind, part: str, error: Exception) -> None:
        """What is new goes to the log: a bug with where it is."""
        said = str(getattr(error, "orig", error)).partition("\n")[0]  # below it are the ids
        if "operator does not exist" in said:
            said += " (do the kind's `ids` say of what type they are?)"
        told = f"{type(error).__name__}: {said}"
        line = f"kind {kind.name}: {part} failed, the other kinds go on: {told}"
        if self.failing.get((kind.name, part)) != line:
            log.error(line, exc_info=None if isinstance(error, DBAPIError) else error)
        self.failing[kind.name, part] = line

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
        if self.schema_problem:
            found.append(self.schema_problem)
        elif self.swept is None or now - self.swept > self.sweep_interval + 2:
            found.append("database: no sweep has succeeded lately; what is overdue waits until it answers")
        failing = [] if self.schema_problem else list(self.failing.values())
        return found + failing + self.missing_events()

    def is_alive(self) -> bool:
        """Whether sweeps still begin, be it that they fail; if not, only a new process helps."""
        return monotonic() - self.looked < self.sweep_interval + STUCK

    def is_hampered(self) -> bool:
        """Whether the sweep must do what others cannot, or be there soon when something is mended."""
        return bool(self.schema_problem or self.failing or self.missing_events())

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
