"""How often one may log in, register, order and so on. Counted in Redis; while it is away, by each process for itself.

Nobody is refused because Redis is away. A request waits TIMEOUT to find out, and one looks whether it is back from time
to time: after a second at first, after half a minute later. What a limit counts by must not raise, for the limiter
takes any failure for one of Redis.

An address is the peer's, or what the proxies of TRUSTED_PROXIES say it is. Guesses at passwords: see `webapp.guesses`.
"""

from collections.abc import Callable
from contextlib import suppress
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil
from time import time
from typing import Any

from flask import Flask, Response, request
from flask_limiter import Limiter, RateLimitExceeded
from limits.storage import RedisStorage, Storage
from redis import Redis
from redis.commands.core import Script
from redis.exceptions import RedisError

from config import Settings
from lapse.redis_client import connect
from shared.stores import redis_keys
from webapp.auth import user
from webapp.errors import problem

TIMEOUT = 0.25  # seconds for Redis to answer

View = Callable[..., Any]


class Counters(RedisStorage):
    """The counters that `limits` keeps in Redis, on a client of ours.

    Its own clients know neither all forms of REDIS_URL nor how to wait for a cluster; docs/decisions/0005-libraries.md.
    """

    STORAGE_SCHEME = ["lapse"]

    def __init__(self, uri: str, *, redis: Redis) -> None:
        Storage.__init__(self, uri)  # not RedisStorage's, which makes a client
        self.storage = redis
        self.lua_incr_expire = Script(redis, self.SCRIPT_INCR_EXPIRE)

    @property
    def base_exceptions(self) -> type[Exception]:
        return RedisError

    def prefixed_key(self, key: str) -> str:
        return redis_keys.limit(key)

    def reset(self) -> int | None:
        raise NotImplementedError("the counters are gone within their windows")


def init_app(app: Flask, settings: Settings) -> None:
    """Count for this app. The limiter serves one app at a time: the last one made in a process."""
    app.config["RATELIMIT_ENABLED"] = settings.rate_limits
    app.config["RATELIMIT_STORAGE_OPTIONS"] = {"redis": connect(settings.redis_url, timeout=TIMEOUT)}
    limiter.init_app(app)
    limiter._storage_dead = False  # whatever it knew of the Redis of an app before
    app.register_error_handler(RateLimitExceeded, from_excess)


def address() -> str:
    """Where the request comes from: of IPv6 the network, for whoever has one address there has them all."""
    text = request.remote_addr or "nowhere"
    try:
        parsed = ip_address(text)
    except ValueError:
        return text
    return str(ip_network((parsed.packed, 64), strict=False)) if isinstance(parsed, IPv6Address) else text


limiter = Limiter(
    address,
    strategy="fixed-window",
    storage_uri="lapse://",
    in_memory_fallback_enabled=True,
    swallow_errors=True,  # also when Redis goes between the two looks that a limit with `deduct_when` takes
)


def of_registrations(view: View) -> View:
    """Limit by address how many users are made."""
    return limiter.limit("20/minute")(view)


def of_password_changes(view: View) -> View:
    """Limit guesses at one's own password. Goes below what reads the token."""
    return limiter.limit("10/minute", key_func=_user_id, deduct_when=_was_refused)(view)


def of_orders(view: View) -> View:
    """Limit how many orders a user places. Goes below what reads the token."""
    return limiter.limit("30/minute", key_func=_user_id)(view)


def of_recoveries(view: View) -> View:
    """Limit how many orders a user recovers. Goes below what reads the token, and so do the next three."""
    return limiter.limit("30/minute", key_func=_user_id)(view)


def of_claims(view: View) -> View:
    """Limit how often a user takes a coupon, or tries."""
    return limiter.limit("30/minute", key_func=_user_id)(view)


def of_reviews(view: View) -> View:
    """Limit how many reviews a user writes."""
    return limiter.limit("20/minute", key_func=_user_id)(view)


def of_pictures(view: View) -> View:
    """Limit how many pictures a user gives us."""
    return limiter.limit("20/minute", key_func=_user_id)(view)


def of_refreshes(view: View) -> View:
    """Limit how often a user, with all their devices, gets new tokens."""
    return limiter.limit("60/minute", key_func=_user_id)(view)


def of_notices(view: View) -> View:
    """Limit by address the notices that are not taken: a provider's own are, so it is never refused for long."""
    return limiter.limit("300/minute", deduct_when=_was_refused)(view)


def from_excess(error: RateLimitExceeded) -> Response:
    """The problem, and when to try again."""
    answer = problem(429, f"Too often: at most {error.limit.limit}.")
    answer.headers["Retry-After"] = str(_seconds_left())
    return answer


def _seconds_left() -> int:
    """How long the window that is full goes on; a minute, the longest there is, if Redis was lost just now."""
    limit = limiter.current_limit
    with suppress(RedisError):
        if limit:
            return max(ceil(limit.reset_at - time()), 1)
    return 60


def _user_id() -> str:
    return str(user().id)


def _was_refused(response: Response) -> bool:
    return response.status_code == 400
