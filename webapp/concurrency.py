"""As many requests at work at a time as there are database connections; the others wait for their turn.

There are threads for a thousand streams, and without this a burst of requests would have them all: each would slow
down every other, and most would wait for a connection in vain.

A turn begins when the whole request is there: a client that is slow to send its body waits for itself alone. How slow
it may be is the server's to say; see `gunicorn_worker`.
"""

from collections.abc import Callable
from threading import BoundedSemaphore
from typing import Any

from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import RequestEntityTooLarge, RequestTimeout

from webapp.database import REQUEST_SECONDS, SLOTS, start_the_clock
from webapp.errors import problem

OPEN_TO_ALL = ("health.healthz", "page.asset")
"""Endpoints that need no store and answer at once."""


LONGEST = "longest_body"
"""The attribute of a view whose bodies may be longer than MAX_CONTENT_LENGTH."""


def takes(length: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Let the view's bodies have so many bytes."""

    def mark(view: Callable[..., Any]) -> Callable[..., Any]:
        setattr(view, LONGEST, length)
        return view

    return mark


def init_app(app: Flask) -> None:
    """Put the gate before everything else; to be called before whatever else looks at a request."""
    slots = BoundedSemaphore(SLOTS)

    @app.before_request
    def enter() -> Response | None:
        _receive_body()
        start_the_clock()  # the wait for a slot counts
        if request.endpoint in OPEN_TO_ALL:
            return None
        if not slots.acquire(timeout=REQUEST_SECONDS):
            busy = problem(503, "Too many requests at once; try again in a moment.", code="busy")
            busy.headers["Retry-After"] = "1"
            return busy
        g.has_slot = True
        return None

    @app.teardown_request
    def leave(_: BaseException | None) -> None:
        if g.pop("has_slot", False):
            slots.release()


def _receive_body() -> None:
    """Have all of the body, for whoever reads it later.

    Raises RequestTimeout when it breaks off, and RequestEntityTooLarge when it is chunked and does not end in time.
    """
    view = current_app.view_functions.get(request.endpoint or "")
    request.max_content_length = getattr(view, LONGEST, current_app.config["MAX_CONTENT_LENGTH"])
    try:
        body = request.get_data()
    except RequestEntityTooLarge:
        return  # its length says so: to be refused by who reads it, once it is known who asks
    if request.content_length is None and len(body) == request.max_content_length:
        raise RequestEntityTooLarge  # it was cut there
    if len(body) < (request.content_length or 0):
        raise RequestTimeout("The body broke off.")
