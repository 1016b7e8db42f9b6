"""A session per request on PostgreSQL, which a request never waits for longer than it has time left."""

import select
from time import monotonic
from typing import Any

import psycopg2
from flask import Flask, g, has_app_context
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from psycopg2.extensions import POLL_OK, POLL_READ, POLL_WRITE, STATUS_BEGIN, STATUS_READY, set_wait_callback
from sqlalchemy.exc import DBAPIError

from config import Settings
from lapse.database import CONNECT_TIMEOUT, ENGINE_OPTIONS, engine_url, prepare
from shared.models import Base
from shared.stores.migrated import MIGRATIONS

REQUEST_SECONDS = 4.0
"""How long the waits for PostgreSQL may last until a request is answered with 503."""

SLOTS = 16
"""Requests at work at a time, see `webapp.concurrency`."""

db = SQLAlchemy(metadata=Base.metadata)
migrate = Migrate(db=db, directory=str(MIGRATIONS))


def init_app(app: Flask, settings: Settings) -> None:
    """Give the app its database; connections are made as they are needed, at most one for each slot."""
    app.config["SQLALCHEMY_DATABASE_URI"] = engine_url(settings.database_url)
    # One more than there are requests at a time: the reader of the event streams.
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = ENGINE_OPTIONS | {"pool_size": 4, "max_overflow": SLOTS - 4 + 1}
    db.init_app(app)
    with app.app_context():
        prepare(db.engine)
    app.teardown_appcontext(lambda _: roll_back())  # before the extension ends the session, for it came first
    migrate.init_app(app)
    set_wait_callback(_wait)


def start_the_clock() -> None:
    """Begin the time that this request, or whatever else has the app's context, may wait for PostgreSQL."""
    g.deadline = monotonic() + REQUEST_SECONDS


def roll_back() -> None:
    """Roll back what the session has open. Never fails: a connection that turns out to be lost is dropped."""
    try:
        db.session.rollback()
    except DBAPIError:
        db.session().invalidate()


def _wait(connection: Any) -> None:
    """Wait for the server as libpq would, but no longer than the request has time left.

    libpq itself waits for ever for a server that took the query and fell silent. Raises OperationalError;
    psycopg2 then closes the connection.
    """
    while (state := connection.poll()) != POLL_OK:
        poller = select.poll()
        poller.register(connection.fileno(), {POLL_READ: select.POLLIN, POLL_WRITE: select.POLLOUT}[state])
        seconds = _seconds_left(connection)
        if not poller.poll(seconds if seconds is None else max(seconds, 0) * 1000):
            raise psycopg2.OperationalError("PostgreSQL did not answer in time")


def _seconds_left(connection: Any) -> float | None:
    longest = None if connection.status in (STATUS_READY, STATUS_BEGIN) else CONNECT_TIMEOUT
    if has_app_context() and "deadline" in g:
        left = float(g.deadline - monotonic())
        return left if longest is None else min(left, longest)  # another host may take us in what is left
    return longest
