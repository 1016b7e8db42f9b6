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
from sqlalchemy import select
from werkzeug.exceptions import HTTPException, TooManyRequests, Unauthorized

from shared.accounts.audit import Action, Fact
from shared.models import User
from webapp import audit
from webapp.current import session
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
    return _told(all_by_address(by_address(by_name(by_beset_name(_counted(log_in))))))


def _told(log_in: View) -> View:
    @wraps(log_in)
    def told(*args: Any, **kwargs: Any) -> Any:
        try:
            return log_in(*args, **kwargs)
        except TooManyRequests:
            _tell(Action.GUESSES_LIMITED, most="1/minute")
            raise

    return told


def _counted(log_in: View) -> View:
    @wraps(log_in)
    def counted(*args: Any, **kwargs: Any) -> Any:
        try:
            answer = log_in(*args, **kwargs)
        except HTTPException as error:
            _tell(Action.LOGIN_REFUSED, getattr(error, "data", {}).get("code"))
            if isinstance(error, Unauthorized):
                _count()
            raise
        if answer is False:
            _tell(Action.LOGIN_REFUSED)
            _count()
        return answer

    return counted


def _tell(action: Action, code: str | None = None, **more: str) -> None:
    """Put the refusal down: the name only if somebody has it, for who mistypes may write their password there."""
    user = session().execute(select(User.id, User.username).where(User.username == _typed())).one_or_none()
    fact = Fact("user", user.id if user else "", after={"at": request.path} | ({"reason": code} if code else {}))
    audit.refused(action, fact, by=audit.claimed(user.username if user else ""), **more)


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
    return unicodedata.normalize("NFKC", _typed()).casefold()


def _typed() -> str:
    body = request.get_json() if request.is_json else request.form
    return str(body["username"])


def _name_and_address() -> str:
    return f"{_name()} {address()}"
