"""Pages of the origins in CORS_ORIGINS may call the API. Tokens travel in a header, so cookies are never allowed."""

from flask import Flask, Response, request

from config import Settings

METHODS = "GET, POST, PUT, PATCH, DELETE"
HEADERS = "Authorization, Content-Type, Idempotency-Key, Last-Event-ID"
EXPOSED = "Retry-After, WWW-Authenticate"
REMEMBER = "600"  # seconds that a browser need not ask again


def init_app(app: Flask, settings: Settings) -> None:
    """Answer the browsers' questions, also about errors; with no origins nothing is said."""
    if not settings.cors_origins:
        return

    @app.after_request
    def allow(response: Response) -> Response:
        response.vary.add("Origin")
        origin = request.headers.get("Origin")
        if origin in settings.cors_origins:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Expose-Headers"] = EXPOSED
            if request.method == "OPTIONS":
                response.headers["Access-Control-Allow-Methods"] = METHODS
                response.headers["Access-Control-Allow-Headers"] = HEADERS
                response.headers["Access-Control-Max-Age"] = REMEMBER
        return response
