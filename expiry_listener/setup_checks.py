"""What is wrong with how a Redis primary or this machine is set up, each in one line with its remedy."""

from collections.abc import Callable
from threading import Event
from typing import Any

from redis.connection import ConnectionInterface
from redis.exceptions import ResponseError
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from expiry_listener.primary import Primary
from expiry_listener.status import Status
from lapse import timers
from lapse.batches import Sessions
from lapse.clock import DatabaseClock
from lapse.keys import Id
from lapse.kind import Kind
from lapse.registry import Timeouts

TOLERATED_SKEW = 1.0  # seconds
UNTIL_CLOCK_IS_SET = 0.2  # seconds
SAMPLE = 20  # timers of a kind in another database that are looked at, the latest


class SetupChecks:
    """Looks every `status.sweep_interval` seconds and, for the subscriber, before each subscription."""

    def __init__(
        self,
        primary: Primary,
        timeouts: Timeouts,
        sessions: Sessions,
        clock: DatabaseClock,
        status: Status,
        stop: Event,
    ) -> None:
        self._primary = primary
        self._timeouts = timeouts
        self._sessions = sessions
        self._clock = clock
        self._status = status
        self._stop = stop
        self._elsewhere: list[str] = []

    def look(self) -> None:
        """Ask the primary, and nobody else. Raises RedisError when it is away."""
        self._status.advise(self._primary.name, [*primary_checks(self._primary, self._clock), *self._elsewhere])

    def run(self) -> None:
        """Look until told to stop. Raises RedisError or SQLAlchemyError when a store is away."""
        while not self._stop.wait(self._status.sweep_interval if self._clock.is_set else UNTIL_CLOCK_IS_SET):
            with self._sessions() as session:
                self._elsewhere = timers_elsewhere(self._primary, self._timeouts, session)
            self.look()


def primary_checks(primary: Primary, clock: DatabaseClock) -> list[str]:
    """Look at the primary itself. Nothing found here stops the listener; what cannot be asked is passed over.

    Raises RedisError when it is away.
    """
    checks: tuple[Callable[[], str | None], ...] = (
        lambda: _notifications(primary),
        lambda: _role(primary),
        lambda: _eviction(primary),
        lambda: _skew(primary, clock),
    )
    return [f"redis {primary.name}: {found}" for check in checks if (found := _unless_forbidden(check))]


def _unless_forbidden(check: Callable[[], str | None]) -> str | None:
    """Managed services forbid CONFIG and some of INFO."""
    try:
        return check()
    except (ResponseError, KeyError):
        return None


def _notifications(primary: Primary) -> str | None:
    remedy = "set it to Ex, or what is due is late by up to SWEEP_INTERVAL"
    try:
        return f"notify-keyspace-events lacks Ex; {remedy}" if primary.is_mute() else None
    except (ResponseError, KeyError):
        return f"notify-keyspace-events cannot be set from here; if no expired events arrive, {remedy}"


def _role(primary: Primary) -> str | None:
    if primary.redis.info("replication")["role"] == "master":
        return None
    return "is a replica, which refuses our timers; let REDIS_URL name the primary, or a Sentinel"


def _eviction(primary: Primary) -> str | None:
    policy = primary.redis.config_get("maxmemory-policy")["maxmemory-policy"]
    limit = int(primary.redis.config_get("maxmemory")["maxmemory"] or 0)
    if policy == "noeviction" or not limit:
        return None
    return f"maxmemory-policy {policy} may evict timers, which makes what is due late; set it to noeviction"


def _skew(primary: Primary, clock: DatabaseClock) -> str | None:
    if not clock.is_set:
        return None
    seconds, microseconds = primary.redis.time()
    skew = seconds + microseconds / 1e6 - clock.milliseconds() / 1000
    if abs(skew) <= TOLERATED_SKEW:
        return None
    return f"its clock differs from PostgreSQL's by {skew:+.1f} s; deadlines do not mind; run NTP"


def clock_check(clock: DatabaseClock, now: float) -> list[str]:
    """Compare this machine's clock, which says `now` (seconds since 1970), with the database's."""
    skew = now - clock.milliseconds() / 1000
    if abs(skew) <= TOLERATED_SKEW:
        return []
    return [f"app: this machine's clock differs from PostgreSQL's by {skew:+.1f} s; deadlines do not mind; run NTP"]


def timers_elsewhere(primary: Primary, timeouts: Timeouts, session: Session) -> list[str]:
    """The other databases of the server with timers of what is in PostgreSQL, each in one line with its remedy.

    Raises RedisError or SQLAlchemyError when a store is away; what cannot be asked is passed over.
    """
    try:
        return [
            f"redis {primary.name}: database {number} holds timers of the same {kind.name}s as ours, "
            f"{primary.database}; let REDIS_URL name one and the same database in every process"
            for number in _others(primary)
            for kind in timeouts
            if kind.is_armed and _are_ours(session, kind, _latest(primary, number, kind))
        ]
    except ResponseError:
        return []


def _are_ours(session: Session, kind: Kind, deadlines: dict[Id, int]) -> bool:
    """Whether one of them is the deadline of an open subject; not for a kind whose SQL fails, as its sweep says."""
    try:
        with session.begin_nested():
            return timers.are_set(session, kind, deadlines)
    except ProgrammingError:
        return False


def _others(primary: Primary) -> list[int]:
    """The other databases of the server that have keys."""
    numbers = {int(name.removeprefix("db")) for name in primary.redis.info("keyspace")}
    return sorted(numbers - {primary.database})


def _latest(primary: Primary, database: int, kind: Kind) -> dict[Id, int]:
    """Deadlines in milliseconds since 1970 of the latest timers of a kind there, by subject."""
    with primary.connection() as connection:
        _ask(connection, "SELECT", database)
        found = _ask(connection, "ZRANGE", kind.keys.deadlines(kind.name), 0, SAMPLE - 1, "REV", "WITHSCORES")
    subjects = {kind.parse(key): int(score) for key, score in zip(found[::2], found[1::2], strict=True)}
    return {id: deadline for id, deadline in subjects.items() if id is not None}


def _ask(connection: ConnectionInterface, *command: object) -> Any:
    connection.send_command(*command)
    return connection.read_response()
