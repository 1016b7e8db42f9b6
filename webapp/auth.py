"""Who is asking: their login, and the decorators that come before everything else."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, cast

from flask import Response, after_this_request, g, has_request_context, request
from sqlalchemy import func, select
from webargs.flaskparser import abort
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Forbidden, Unauthorized

from shared.accounts import logins, second_factor
from shared.models import Login, User
from webapp import tokens
from webapp.blueprint import Blueprint
from webapp.current import session, settings


def login_required(view: Callable[..., Any]) -> Callable[..., Any]:
    """Let only requests with an access token in; `user()` is then whose it is. Goes right below the route."""
    return _token_required(view, verify_type=True)


def staff_required(view: Callable[..., Any]) -> Callable[..., Any]:
    """Let only members of the staff in; goes where `login_required` would."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if not user().is_staff:
            raise Forbidden("This is for members of the staff.")
        if settings().staff_second_factor and not second_factor.is_set_up(session(), user().id):
            abort(403, description="Set up your second factor in the admin first.", code="second_factor_missing")
        return view(*args, **kwargs)

    return login_required(guarded)


def login_optional(view: Callable[..., Any]) -> Callable[..., Any]:
    """Let everybody in; `user_if_known()` is then whose access token came along, if it is a good one."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        try:
            g.user = _user_of_token({"verify_type": True})
        except Unauthorized:
            g.user = None
        after_this_request(_vary)
        return view(*args, **kwargs)

    documented: Callable[..., Any] = Blueprint.doc(security=[{}, {"bearer": []}])(guarded)
    return documented


def refresh_token_required(view: Callable[..., Any]) -> Callable[..., Any]:
    """Let only requests with a refresh token in, used or not; `renewed` tells."""
    return _token_required(view, refresh=True)


def any_token_required(view: Callable[..., Any]) -> Callable[..., Any]:
    """Let requests with an access or a refresh token in."""
    return _token_required(view, verify_type=False)


def user() -> User:
    """Who is asking."""
    return cast(User, g.user)


def session_id() -> str:
    """The login that is asking."""
    return cast(tokens.Claims, g.claims).session_id


def user_if_known() -> User | None:
    """Who is asking; None for somebody without a token."""
    return cast(User | None, g.user)


def new_session(user_id: int) -> dict[str, str]:
    """Log the user in and commit; returns the tokens, which both name the login. Raises NotAllowed."""
    return tokens.make(user_id, begin(session().get_one(User, user_id), tokens.REFRESH_LIFETIME), 0)


def begin(user: User, lifetime: timedelta, *, in_admin: bool = False) -> str:
    """Log the user in, from where the request at hand comes, and commit; returns the session's id. Raises NotAllowed.

    The user is as they were when their password was checked.
    """
    where = _where() if has_request_context() else {}
    session_id = logins.begin(session(), user, lifetime, in_admin=in_admin, **where)
    session().commit()
    return session_id


def renewed() -> dict[str, str]:
    """Fresh tokens for the refresh token of this request, which is then used up. Commits."""
    claims = cast(tokens.Claims, g.claims)
    generation = logins.refresh(session(), claims.session_id, claims.generation, tokens.REFRESH_LIFETIME)
    session().commit()
    if generation is None:
        raise _unauthorized("The refresh token was used before; this login has ended.")
    return tokens.make(claims.user_id, claims.session_id, generation)


def _token_required(view: Callable[..., Any], **kind: bool) -> Callable[..., Any]:
    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        g.user = _user_of_token(kind)
        return view(*args, **kwargs)

    documented: Callable[..., Any] = Blueprint.doc(security=[{"bearer": []}, {"cookie": [], "csrf": []}])(guarded)
    return documented


def _user_of_token(kind: dict[str, Any]) -> User:
    try:
        claims = g.claims = tokens.read(**kind)
    except tokens.BadToken:
        raise _unauthorized("The token is missing, wrong or expired.") from None
    found = living_user(claims.user_id, claims.session_id)
    if found is None:
        raise _unauthorized("This login has ended, or its user is gone.")
    return found


def living_user(user_id: int, session_id: str, *, in_admin: bool = False) -> User | None:
    """Whose login that is, None when it has ended; notes now and then that it is in use."""
    is_stale = Login.last_seen_at < func.now() - logins.SEEN_EVERY
    mine = (User.id == user_id, Login.in_admin == in_admin, *logins.lives(session_id))
    found = session().execute(select(User, is_stale).join(Login, Login.user_id == User.id).where(*mine)).one_or_none()
    if found is None:
        return None
    if found[1]:
        logins.seen(session(), session_id)
        session().commit()
    return found[0]


def _where() -> dict[str, str]:
    return {"address": request.remote_addr or "", "user_agent": _storable(request.user_agent.string)}


def _storable(text: str) -> str:
    return "".join(character if character.isprintable() else "�" for character in text)


def _vary(response: Response) -> Response:
    """What one user is told is no answer for another."""
    response.vary.update(("Authorization", "Cookie"))
    return response


def _unauthorized(detail: str) -> Unauthorized:
    return Unauthorized(detail, www_authenticate=WWWAuthenticate("bearer"))
