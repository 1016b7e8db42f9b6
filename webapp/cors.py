"""Pages of the origins in CORS_ORIGINS may call the API."""

from flask import Flask, Response, request

from config import Settings

HEADERS = "Authorization, Content-Type, Idempotency-Key, Last-Event-ID"
METHODS = "GET, POST, PUT, PATCH, DELETE"


def init_app(app: Flask, settings: Settings) -> None:
    """Answer the browsers' questions; with no origins nothing is said."""
    if not settings.cors_origins:
        return

    @app.after_request
    def allow(response: Response) -> Response:
        origin = request.headers.get("Origin")
        response.vary.add("Origin")
        if origin in settings.cors_origins:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Allow-Headers"] = HEADERS
            response.headers["Access-Control-Allow-Methods"] = METHODS
            response.headers["Access-Control-Max-Age"] = "600"
        return response
