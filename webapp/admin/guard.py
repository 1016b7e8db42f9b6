"""What every request to the admin has to pass, whichever view it is for."""

from collections.abc import Collection
from typing import Any

from flask import Flask, Response, redirect, request, url_for
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import BadRequest

from webapp.admin import staff

OPEN = {"admin.login", "admin.language", "admin.static", "admin_assets.static"}
WITHOUT_SECOND_FACTOR = {*OPEN, "admin.second_factor", "admin.logout"}
STATIC = {"admin.static", "admin_assets.static"}

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Nothing but our own files, and nothing that is written into a page."""

_csrf = CSRFProtect()


def init_app(app: Flask, blueprints: Collection[str]) -> None:
    """Guard these blueprints: staff only, and nothing changes without a token of the session's own."""
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False  # the API's cookies have tokens of their own
    app.config["WTF_CSRF_TIME_LIMIT"] = None  # as long as the session
    _csrf.init_app(app)

    @app.before_request
    def guard() -> Any:
        return _refusal() if request.blueprint in blueprints else None

    @app.after_request
    def harden(response: Response) -> Response:
        if request.blueprint in blueprints:
            _harden(response)
        return response


def _refusal() -> Any:
    """The answer to a request that must not reach its view; None when it may."""
    if any("\0" in text for text in _texts()):
        raise BadRequest("There is a NUL character in it.")
    if any(url and not url.startswith("/admin/") for url in request.values.getlist("url")):
        # Flask-Admin goes back there. Its own look at it takes `http:evil.example`, which browsers follow, for ours.
        raise BadRequest("The way back is no page of the admin.")
    if request.endpoint not in OPEN and staff.current() is None:
        next_url = request.full_path if request.method == "GET" else None
        return redirect(url_for("admin.login", next=next_url), 303)
    if request.endpoint not in WITHOUT_SECOND_FACTOR and staff.lacks_second_factor():
        return redirect(url_for("admin.second_factor"), 303)
    _csrf.protect()
    return None


def _texts() -> list[str]:
    """All that the request says; PostgreSQL takes no NUL."""
    pairs = [*request.args.items(multi=True), *request.form.items(multi=True)]
    return [text for pair in pairs for text in pair]


def _harden(response: Response) -> None:
    response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    response.headers["Referrer-Policy"] = "same-origin"  # over TLS the CSRF check looks at the referrer
    response.headers["X-Content-Type-Options"] = "nosniff"
    if request.endpoint not in STATIC:
        response.headers["Cache-Control"] = "no-store"
