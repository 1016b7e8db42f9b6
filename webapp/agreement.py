"""Web and listener take payments through one provider: what this process does when the database is for another."""

import logging
import sys
from typing import Any

from flask import Flask, current_app, request

from config import Settings
from shared.payments import WrongProvider, agree, agree_if_possible
from webapp.current import session, settings
from webapp.errors import problem

BOOT_ERROR = 3
"""The exit code that makes gunicorn's master give up; after another one it would start workers for ever."""

PAYING = ("orders", "payments", "sandbox")
"""The blueprints in which money is at stake."""

log = logging.getLogger(__name__)


def init_app(app: Flask, settings: Settings) -> None:
    """Let nobody order or pay before the database is known to be for our provider."""
    app.extensions["provider_agreed"] = False

    @app.before_request
    def check() -> Any:
        return wrong_provider() if request.blueprint in PAYING else None


def start_or_exit(app: Flask) -> None:
    """End the process with one line when the database is for another provider; one that is away is asked later.

    Decides nothing: this may be a command that only looks.
    """
    with app.app_context():
        try:
            agreed = agree_if_possible(session(), settings().payment_provider, decide=False)
            app.extensions["provider_agreed"] = agreed
        except WrongProvider as wrong:
            print(wrong, file=sys.stderr)
            sys.exit(BOOT_ERROR)


def wrong_provider() -> Any:
    """A problem to answer with when the database is for another provider, else None; asks until it is agreed.

    Raises DBAPIError when the database is away.
    """
    if current_app.extensions["provider_agreed"]:
        return None
    try:
        current_app.extensions["provider_agreed"] = agree(session(), settings().payment_provider)
    except WrongProvider as wrong:
        log.error("%s", wrong)
        return problem(503, str(wrong), code="wrong_provider")
    return None
