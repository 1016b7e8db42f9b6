"""What is wrong with how a Redis primary or this machine is set up, each in one line with its remedy."""

from collections.abc import Callable

from redis.exceptions import ResponseError

from expiry_listener.primary import Primary
from shared.clock import DatabaseClock

TOLERATED_SKEW = 1.0  # seconds


def self_check(primary: Primary, clock: DatabaseClock) -> list[str]:
    """Look at the primary. Nothing found here stops the listener; what cannot be asked is passed over.

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
    remedy = "set it to Ex, or orders are late by up to SWEEP_INTERVAL"
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
    return f"maxmemory-policy {policy} may evict timers, which makes orders late; set it to noeviction"


def _skew(primary: Primary, clock: DatabaseClock) -> str | None:
    if not clock.is_set:
        return None
    seconds, microseconds = primary.redis.time()
    skew = seconds + microseconds / 1e6 - clock.milliseconds() / 1000
    if abs(skew) <= TOLERATED_SKEW:
        return None
    return f"its clock differs from PostgreSQL's by {skew:+.1f} s; orders do not mind, coupons end by it; run NTP"


def clock_check(clock: DatabaseClock, now: float) -> list[str]:
    """Compare this machine's clock, which says `now` (seconds since 1970), with the database's."""
    skew = now - clock.milliseconds() / 1000
    if abs(skew) <= TOLERATED_SKEW:
        return []
    return [
        f"app: this machine's clock differs from PostgreSQL's by {skew:+.1f} s; orders do not mind, tokens do; run NTP"
    ]
