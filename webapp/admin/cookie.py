"""The cookie that says which member of the staff is logged in; the API's are in `webapp.tokens`."""

import hashlib
import hmac
from datetime import timedelta

from flask import Flask, has_request_context, request
from flask.sessions import SecureCookieSessionInterface

from config import Settings

LIFETIME = timedelta(hours=8)
"""How long a login lasts that is not used."""


class StaffCookie(SecureCookieSessionInterface):
    """Goes over TLS alone if it was made over TLS."""

    def get_cookie_secure(self, app: Flask) -> bool:
        """Whether the request at hand came over TLS."""
        return has_request_context() and request.is_secure


def init_app(app: Flask, settings: Settings) -> None:
    """Sign cookies with a key of their own, so that a cookie can never pass for a token, nor a token for a cookie."""
    key, *old = [_key(secret) for secret in (settings.jwt_secret_key, settings.jwt_secret_key_old) if secret]
    app.config.update(
        SECRET_KEY=key,
        SECRET_KEY_FALLBACKS=old,
        SESSION_COOKIE_NAME="lapse_admin",
        SESSION_COOKIE_PATH="/admin",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=LIFETIME,
    )
    app.session_interface = StaffCookie()


def _key(secret: str) -> bytes:
    return hmac.new(secret.encode(), b"lapse: cookies of the admin", hashlib.sha256).digest()
