"""How often one may log in, register and order. Counted in Redis; without Redis nothing is limited.

An address is the peer's: behind a proxy, start gunicorn so that it knows the proxy (`--forwarded-allow-ips`) or
everybody behind it counts as one.
"""

import logging
from collections.abc import Callable
from math import ceil
from time import monotonic, time
from typing import Any

from flask import Flask, Response, request
from flask_limiter import Limiter, RateLimitExceeded
from limits.storage import Storage
from redis import Redis
from redis.exceptions import RedisError

from config import Settings
from shared import redis_keys
from shared.redis_client import connect
from webapp.auth import user
from webapp.errors import problem

TIMEOUT = 0.25  # seconds for Redis to answer
PAUSE = 5.0  # seconds without limits after it did not

View = Callable[..., Any]

log = logging.getLogger(__name__)


class OpenStorage(Storage):
    """Counters on a Redis client of ours, whatever it is connected to; each is one key.

    While Redis is away everything is allowed, and only one request in PAUSE seconds waits TIMEOUT to find out.
    """

    STORAGE_SCHEME = ["lapse"]

    def __init__(self, uri: str, *, redis: Redis, **options: Any) -> None:
        super().__init__(uri, **options)
        self._redis = redis
        self._away_until = 0.0

    @property
    def base_exceptions(self) -> type[Exception]:
        return RedisError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        return int(self._ask(lambda: self._counted(redis_keys.limit(key), expiry, amount)) or 0)

    def get(self, key: str) -> int:
        return int(self._ask(lambda: self._redis.get(redis_keys.limit(key))) or 0)

    def get_expiry(self, key: str) -> float:
        return time() + max(self._ask(lambda: self._redis.ttl(redis_keys.limit(key))) or 0, 0)

    def clear(self, key: str) -> None:
        self._ask(lambda: self._redis.delete(redis_keys.limit(key)))

    def check(self) -> bool:
        return bool(self._ask(self._redis.ping))

    def reset(self) -> None:
        raise NotImplementedError("the counters are gone within their windows")

    def _counted(self, name: str, expiry: int, amount: int) -> Any:
        with self._redis.pipeline(transaction=True) as pipeline:
            pipeline.set(name, 0, ex=expiry, nx=True)
            pipeline.incrby(name, amount)
            return pipeline.execute()[1]

    def _ask(self, question: Callable[[], Any]) -> Any:
        if monotonic() < self._away_until:
            return None
        try:
            return question()
        except RedisError as error:
            self._away_until = monotonic() + PAUSE
            log.warning("no limits for %g s: %s", PAUSE, error)
            return None


def init_app(app: Flask, settings: Settings) -> None:
    """Count for this app. The limiter serves one app at a time: the last one made in a process."""
    app.config["RATELIMIT_ENABLED"] = settings.rate_limits
    app.config["RATELIMIT_STORAGE_OPTIONS"] = {"redis": connect(settings.redis_url, timeout=TIMEOUT)}
    limiter.init_app(app)
    app.register_error_handler(RateLimitExceeded, from_excess)


def address() -> str:
    """Where the request comes from."""
    return request.remote_addr or "nowhere"


limiter = Limiter(address, strategy="fixed-window", storage_uri="lapse://")


def of_logins(view: View) -> View:
    """Limit guesses by name and by address. Goes below what reads the body; a login that succeeds costs little."""
    by_name = limiter.limit("10/minute", key_func=_username, deduct_when=_was_refused)
    by_address = limiter.limit("30/minute", deduct_when=_was_refused)
    all_by_address = limiter.limit("120/minute")
    return all_by_address(by_address(by_name(view)))


def of_registrations(view: View) -> View:
    """Limit by address how many users are made."""
    return limiter.limit("20/minute")(view)


def of_password_changes(view: View) -> View:
    """Limit guesses at one's own password. Goes below what reads the token."""
    return limiter.limit("10/minute", key_func=_user_id, deduct_when=_was_malformed)(view)


def of_orders(view: View) -> View:
    """Limit how many orders a user places. Goes below what reads the token."""
    return limiter.limit("30/minute", key_func=_user_id)(view)


def from_excess(error: RateLimitExceeded) -> Response:
    """The problem, and when to try again."""
    limit = limiter.current_limit
    seconds = ceil(limit.reset_at - time()) if limit else 60
    answer = problem(429, f"Too often: at most {error.limit.limit}.")
    answer.headers["Retry-After"] = str(max(seconds, 1))
    return answer


def _username() -> str:
    return str(request.get_json()["username"])


def _user_id() -> str:
    return str(user().id)


def _was_refused(response: Response) -> bool:
    return response.status_code == 401


def _was_malformed(response: Response) -> bool:
    return response.status_code == 400
