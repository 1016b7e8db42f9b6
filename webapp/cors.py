"""Pages of the origins in CORS_ORIGINS may call the API. Tokens travel in a header, so cookies are never allowed."""

import re

from flask import Flask, Response, request
from flask_cors import CORS

from config import Settings

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
HEADERS = ("Authorization", "Content-Type", "Idempotency-Key", "Last-Event-ID")
EXPOSED = ("Retry-After", "WWW-Authenticate")
REMEMBER = 600  # seconds that a browser need not ask again


def init_app(app: Flask, settings: Settings) -> None:
    """Answer the browsers' questions, also about errors; with no origins nothing is said."""
    if not settings.cors_origins:
        return

    @app.after_request  # after what the extension adds, for it comes before it here
    def complete(response: Response) -> Response:
        """The extension forgets answers to other origins, which a cache could mix up, and what nobody asked for."""
        response.vary.add("Origin")
        if request.method == "OPTIONS" and "Access-Control-Allow-Origin" in response.headers:
            response.headers.setdefault("Access-Control-Allow-Headers", ", ".join(HEADERS))
            response.headers.setdefault("Access-Control-Allow-Methods", ", ".join(METHODS))
        return response

    CORS(
        app,
        # As text, one in brackets (IPv6) would count as a pattern, and none would be told from its capitals.
        origins=[re.compile(re.escape(origin) + r"\Z") for origin in settings.cors_origins],
        methods=METHODS,
        allow_headers=HEADERS,
        expose_headers=EXPOSED,
        max_age=REMEMBER,
        vary_header=False,
        intercept_exceptions=False,  # Flask makes answers of all of them before it comes to the headers
    )
