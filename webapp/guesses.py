"""Guesses at passwords: slowed down however many addresses they come from, without shutting anybody out.

Wrong passwords are counted, right ones never are. An address has ten wrong ones a minute for a name. Once a name was
given CAP wrong ones, wherever from, an address has three an hour for it: many addresses then get few guesses each,
while the owner, who needs one, logs in from wherever none of them came.
"""

import unicodedata
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from math import ceil
from time import time
from typing import Any

from flask import Response, g, request
from limits import parse
from redis.exceptions import RedisError
from werkzeug.exceptions import TooManyRequests, Unauthorized

from webapp.rate_limits import address, limiter

CAP = parse("30/hour")

View = Callable[..., Any]


def limited(log_in: View) -> View:
    """Limit a way to log in, which says that the password was wrong by Unauthorized or False.

    Goes below what reads the body, JSON or a form with a `username`.
    """
    by_name = limiter.limit("10/minute", key_func=_name_and_address, deduct_when=_was_wrong)
    by_beset_name = limiter.limit("3/hour", key_func=_name_and_address, deduct_when=_was_wrong, exempt_when=_is_calm)
    by_address = limiter.limit("30/minute", deduct_when=_was_wrong)
    all_by_address = limiter.limit("120/minute")
    return all_by_address(by_address(by_name(by_beset_name(_counted(log_in)))))


def _counted(log_in: View) -> View:
    @wraps(log_in)
    def counted(*args: Any, **kwargs: Any) -> Any:
        try:
            answer = log_in(*args, **kwargs)
        except Unauthorized:
            _count()
            raise
        if answer is False:
            _count()
        return answer

    return counted


def _count() -> None:
    """Remember a wrong password. Raises TooManyRequests when its name has had too many."""
    g.password_was_wrong = True
    if not limiter.enabled:
        return
    with suppress(RedisError):
        if not limiter.limiter.hit(CAP, _name()):
            seconds = ceil(limiter.limiter.get_window_stats(CAP, _name()).reset_time - time())
            raise TooManyRequests("Wrong, and so were many before it for this name.", retry_after=max(seconds, 1))


def _is_calm() -> bool:
    with suppress(RedisError):
        return limiter.limiter.test(CAP, _name())
    return True


def _was_wrong(_: Response) -> bool:
    return bool(g.get("password_was_wrong", False))


def _name() -> str:
    """The name that is tried, the same for all that look alike."""
    body = request.get_json() if request.is_json else request.form
    return unicodedata.normalize("NFKC", str(body["username"])).casefold()


def _name_and_address() -> str:
    return f"{_name()} {address()}"
