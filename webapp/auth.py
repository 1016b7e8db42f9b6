"""Who is asking: bearer tokens, ended sessions, and the decorator that comes before everything else."""

import re
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, cast
from uuid import uuid4

from flask import Flask, Response, after_this_request, g, request
from flask_jwt_extended import (
    JWTManager,
    create_access_token,
    create_refresh_token,
    get_jwt,
    verify_jwt_in_request,
)
from flask_jwt_extended.exceptions import JWTExtendedException
from jwt import PyJWTError
from sqlalchemy import delete, exists, func, select
from sqlalchemy.dialects.postgresql import insert
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Forbidden, Unauthorized

from config import Settings
from shared.models import RevokedSession, User
from webapp.blueprint import Blueprint
from webapp.current import session

ACCESS_LIFETIME = timedelta(hours=1)
REFRESH_LIFETIME = timedelta(days=30)

_BEARER = re.compile(r"\s*(?:bearer|jwt)\s+([\w.=-]+)\s*", re.ASCII | re.IGNORECASE)


def init_app(app: Flask, settings: Settings) -> None:
    """Sign tokens with the settings' secret."""
    app.config["JWT_SECRET_KEY"] = settings.jwt_secret_key
    app.config["JWT_ACCESS_TOKEN_EXPIRES"] = ACCESS_LIFETIME
    app.config["JWT_REFRESH_TOKEN_EXPIRES"] = REFRESH_LIFETIME
    app.config["JWT_TOKEN_LOCATION"] = ["headers"]
    JWTManager(app)
    app.before_request(_read_scheme_word)


def login_required(view: Callable[..., Any]) -> Callable[..., Any]:
    """Let only requests with an access token in; `user()` is then whose it is. Goes right below the route."""
    return _token_required(view, verify_type=True)


def staff_required(view: Callable[..., Any]) -> Callable[..., Any]:
    """Let only members of the staff in; goes where `login_required` would."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if not user().is_staff:
            raise Forbidden("This is for members of the staff.")
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
        after_this_request(_keep_from_caches)
        return view(*args, **kwargs)

    documented: Callable[..., Any] = Blueprint.doc(security=[{}, {"bearer": []}])(guarded)
    return documented


def refresh_token_required(view: Callable[..., Any]) -> Callable[..., Any]:
    """Let only requests with a refresh token in."""
    return _token_required(view, refresh=True)


def any_token_required(view: Callable[..., Any]) -> Callable[..., Any]:
    """Let requests with an access or a refresh token in."""
    return _token_required(view, verify_type=False)


def user() -> User:
    """Who is asking."""
    return cast(User, g.user)


def user_if_known() -> User | None:
    """Who is asking; None for somebody without a token."""
    return cast(User | None, g.user)


def new_session(user_id: int) -> dict[str, str]:
    """The tokens of a new login; both name its session."""
    claims = {"sid": str(uuid4())}
    return {
        "token": create_access_token(str(user_id), additional_claims=claims),
        "refresh_token": create_refresh_token(str(user_id), additional_claims=claims),
    }


def renewed_token() -> str:
    """A fresh access token for the session of this request."""
    token: str = create_access_token(str(user().id), additional_claims={"sid": get_jwt()["sid"]})
    return token


def end_session() -> None:
    """Make the tokens of this request's login worthless, for as long as the last of them could live."""
    revoke(get_jwt()["sid"])


def revoke(session_id: str) -> None:
    """Let a login count no more, and commit; it is remembered for longer than any login could live."""
    session().execute(delete(RevokedSession).where(RevokedSession.expires_at < func.now()))
    ended = insert(RevokedSession).values(
        session_id=session_id, expires_at=func.now() + REFRESH_LIFETIME + ACCESS_LIFETIME
    )
    session().execute(ended.on_conflict_do_nothing())
    session().commit()


def _token_required(view: Callable[..., Any], **kind: bool) -> Callable[..., Any]:
    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        g.user = _user_of_token(kind)
        return view(*args, **kwargs)

    documented: Callable[..., Any] = Blueprint.doc(security=[{"bearer": []}])(guarded)
    return documented


def _user_of_token(kind: dict[str, Any]) -> User:
    try:
        verify_jwt_in_request(**kind)
        claims = get_jwt()
        user_id, session_id = int(claims["sub"]), str(claims["sid"])
    except (JWTExtendedException, PyJWTError, LookupError, ValueError, TypeError, RecursionError):
        # The last four: headers and claims of any shape, until the signature says that they are not ours.
        raise _unauthorized("The token is missing, wrong or expired.") from None
    ended = exists().where(RevokedSession.session_id == session_id)
    found = session().scalar(select(User).where(User.id == user_id, ~ended))
    if found is None:
        raise _unauthorized("The token was logged out, or its user is gone.")
    return found


def _keep_from_caches(response: Response) -> Response:
    """What one user is told is no answer for another."""
    response.vary.update(("Authorization", "Cookie"))
    if g.user is not None:
        response.headers["Cache-Control"] = "no-store"
    return response


def _unauthorized(detail: str) -> Unauthorized:
    return Unauthorized(detail, www_authenticate=WWWAuthenticate("bearer"))


def _read_scheme_word() -> None:
    """Write the scheme word as the library wants it; a header of another form is no header."""
    match = _BEARER.fullmatch(request.headers.get("Authorization", ""))
    if match:
        request.environ["HTTP_AUTHORIZATION"] = f"Bearer {match[1]}"
    else:
        request.environ.pop("HTTP_AUTHORIZATION", None)
