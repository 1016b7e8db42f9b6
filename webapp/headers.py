"""What every answer tells a browser not to do.

Own code, for it is one dictionary: flask-talisman would bring forced https and session cookies to be switched off.
"""

import base64
import hashlib
import re

from flask import Flask, Response, request

from config import Settings
from webapp import tokens

HSTS = "max-age=31536000"
PERSONAL = ("users", "sessions", "payments", "sandbox")
"""Blueprints whose answers are for one user alone, also where they need no token."""

_INLINE_SCRIPT = re.compile(rb"<script>(.*?)</script>", re.DOTALL)


def init_app(app: Flask, settings: Settings) -> None:
    """Add the headers to every response; a view that sets one itself keeps its own."""
    headers = {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Content-Security-Policy": policy(settings),
    }

    @app.after_request
    def protect(response: Response) -> Response:
        if request.endpoint == "api-docs.openapi_swagger_ui":
            response.headers["Content-Security-Policy"] = policy(settings, _hashes_of_scripts(response.get_data()))
        if tokens.were_sent() or request.blueprint in PERSONAL:
            response.headers.setdefault("Cache-Control", "no-store")
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        if request.is_secure:
            response.headers.setdefault("Strict-Transport-Security", HSTS)
        return response


def policy(settings: Settings, *more_scripts: str) -> str:
    """What a page of ours may load: its own files, and styles of its elements.

    A form may lead to the pages of CORS_ORIGINS, because the cashier sends its users back to where they came from.
    """
    return "; ".join(
        (
            "default-src 'self'",
            " ".join(("script-src 'self'", *more_scripts)),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data:",
            " ".join(("form-action 'self'", *settings.cors_origins)),
            "object-src 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )


def _hashes_of_scripts(page: bytes) -> str:
    """The page's inline scripts, as a policy names them."""
    digests = (hashlib.sha256(script).digest() for script in _INLINE_SCRIPT.findall(page))
    return " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
