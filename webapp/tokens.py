"""The tokens of a login: how they are signed, what they say, and the cookies they may travel in."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Flask, Response, request
from flask_jwt_extended import (
    JWTManager,
    create_access_token,
    create_refresh_token,
    get_csrf_token,
    get_jwt,
    verify_jwt_in_request,
)
from flask_jwt_extended.exceptions import JWTExtendedException
from jwt import PyJWTError

from config import Settings

ACCESS_LIFETIME = timedelta(hours=1)
REFRESH_LIFETIME = timedelta(days=30)

SESSION_ID = re.compile("[0-9a-f-]{36}")
"""What names a login; a signature alone does not make it one that the database can be asked for."""

_BEARER = re.compile(r"\s*(?:bearer|jwt)\s+([\w.=-]+)\s*", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True)
class Cookie:
    """The cookie of a token, beside it one with what a script must send back, and the path the token is sent to."""

    name: str
    csrf_name: str
    path: str
    lifetime: timedelta


COOKIES = {
    "token": Cookie("lapse_access", "lapse_csrf", "/", ACCESS_LIFETIME),
    "refresh_token": Cookie("lapse_refresh", "lapse_refresh_csrf", "/users/", REFRESH_LIFETIME),
}


@dataclass(frozen=True)
class Claims:
    """What a token says; the generation is a refresh token's."""

    user_id: int
    session_id: str
    generation: int


class BadToken(Exception):
    """It is missing, not of our making, of the other kind, or its time is over."""


def init_app(app: Flask, settings: Settings) -> None:
    """Sign tokens with the settings' key; what their old key signed is good as long as it lasts."""
    app.config.update(
        JWT_SECRET_KEY=settings.jwt_secret_key,
        JWT_ACCESS_TOKEN_EXPIRES=ACCESS_LIFETIME,
        JWT_REFRESH_TOKEN_EXPIRES=REFRESH_LIFETIME,
        JWT_TOKEN_LOCATION=["headers", "cookies"],
        JWT_ACCESS_COOKIE_NAME=COOKIES["token"].name,
        JWT_REFRESH_COOKIE_NAME=COOKIES["refresh_token"].name,
    )
    key, old_key = settings.jwt_secret_key, settings.jwt_secret_key_old
    old_id = _key_id(old_key) if old_key else None
    manager = JWTManager(app)
    manager.additional_headers_loader(lambda user_id: {"kid": _key_id(key)})
    manager.decode_key_loader(lambda headers, claims: old_key if old_id and headers.get("kid") == old_id else key)
    app.before_request(_read_scheme_word)


def make(user_id: int, session_id: str, generation: int) -> dict[str, str]:
    """An access and a refresh token."""
    of_session: dict[str, Any] = {"sid": session_id}
    return {
        "token": create_access_token(str(user_id), additional_claims=of_session),
        "refresh_token": create_refresh_token(str(user_id), additional_claims=of_session | {"gen": generation}),
    }


def read(**kind: bool) -> Claims:
    """What the request's token says; a header of any form goes before a cookie. Raises BadToken.

    With cookies, whatever may change something needs the header `X-CSRF-TOKEN`.
    """
    try:
        verify_jwt_in_request(locations=["cookies" if in_cookies() else "headers"], **kind)
        return _claims(get_jwt())
    except (JWTExtendedException, PyJWTError, LookupError, ValueError, TypeError, RecursionError):
        # The last four: headers and claims of any shape, until the signature says that they are not ours.
        raise BadToken from None


def in_cookies() -> bool:
    """Whether this request's token is to be found in a cookie."""
    return "HTTP_AUTHORIZATION" not in request.environ


def were_sent() -> bool:
    """Whether the request came with a token, good or bad."""
    return not in_cookies() or any(cookie.name in request.cookies for cookie in COOKIES.values())


def put_in_cookies(tokens: Mapping[str, str], response: Response) -> Response:
    """Let the browser keep the tokens where no script can read them."""
    for kind, cookie in COOKIES.items():
        more: dict[str, Any] = {"max_age": cookie.lifetime, "secure": request.is_secure, "samesite": "Strict"}
        response.set_cookie(cookie.name, tokens[kind], path=cookie.path, httponly=True, **more)
        response.set_cookie(cookie.csrf_name, get_csrf_token(tokens[kind]), **more)
    return response


def take_out_of_cookies(response: Response) -> Response:
    """Let the browser forget the tokens."""
    for cookie in COOKIES.values():
        response.delete_cookie(cookie.name, path=cookie.path, httponly=True, samesite="Strict")
        response.delete_cookie(cookie.csrf_name, samesite="Strict")
    return response


def _claims(said: dict[str, Any]) -> Claims:
    user_id, session_id, generation = said["sub"], said["sid"], said.get("gen", 0)
    well_formed = (
        re.fullmatch("[0-9]{1,18}", user_id)
        and SESSION_ID.fullmatch(session_id)
        and type(generation) is int
        and 0 <= generation < 2**31
    )
    if not well_formed:
        raise ValueError
    return Claims(int(user_id), session_id, generation)


def _key_id(key: str) -> str:
    """A name for the key that does not tell it."""
    return hashlib.sha256(b"lapse: name of a key" + key.encode()).hexdigest()[:16]


def _read_scheme_word() -> None:
    """Write the scheme word as the library wants it; a header of another form stays, as one without a token."""
    header = request.headers.get("Authorization")
    if header is not None:
        match = _BEARER.fullmatch(header)
        request.environ["HTTP_AUTHORIZATION"] = f"Bearer {match[1]}" if match else ""
