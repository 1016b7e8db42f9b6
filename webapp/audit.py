"""The audit log as the web process writes it: who sent the request, from where, and what was refused."""

import logging
from contextlib import suppress
from typing import Any

from flask import Flask, Response, g, has_request_context, request
from limits import parse
from pythonjsonlogger.json import JsonFormatter
from redis.exceptions import RedisError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from shared.accounts import audit
from shared.accounts.audit import Action, Actor, Fact
from shared.models import User
from webapp import rate_limits
from webapp.current import session
from webapp.database import db, roll_back

COMMAND_LINE = "command line"

OF_ADDRESS = "30/minute"
OF_ALL = parse("6000/hour")
"""How many refusals the table takes, so that nobody fills the disk with them; the log has a line of each."""

log = logging.getLogger(__name__)


def init_app(app: Flask) -> None:
    """Say in every session of the app who acts in it, and put down who was refused a page of the staff."""
    db.session.session_factory.configure(info={audit.WHO: who})

    @app.after_request
    def note_refusal(response: Response) -> Response:
        if response.status_code == 403 and g.get("user") is not None:
            refused(Action.STAFF_PAGE_REFUSED, Fact("page", request.path))
        return response


def log_as_json() -> None:
    """Let each entry be a line of JSON on standard error."""
    handler = logging.StreamHandler()
    layout = JsonFormatter("{asctime}{levelname}{name}{message}", style="{", rename_fields={"asctime": "time"})
    handler.setFormatter(layout)
    audit.log.addHandler(handler)
    audit.log.setLevel(logging.INFO)


def who() -> Actor:
    """Who sent the request at hand, by their token or their cookie; outside of any the command line."""
    if not has_request_context():
        return Actor(COMMAND_LINE)
    found: User | None = g.get("user") or g.get("staff")
    return Actor(found.username, found.id, _address()) if found else Actor(address=_address())


def claimed(name: str) -> Actor:
    """Somebody who gave that name and did not prove it."""
    return Actor(name, address=_address())


def refused(action: Action, fact: Fact, *, by: Actor | None = None, most: str = OF_ADDRESS) -> None:
    """Put down and commit that this was refused, and roll back whatever else the session has open.

    An address has `most` entries of the action, all together have OF_ALL. Does not fail when PostgreSQL is away.
    """
    try:
        roll_back()
        if _is_one_too_many(action, most):
            log.warning("%s by %s: too many to keep", action, by or who())
            return
        audit.record(session(), action, fact, by=by)
        session().commit()
    except (DBAPIError, PoolTimeoutError) as error:
        roll_back()
        log.error("%s by %s was not kept: %s", action, by, error)


def _is_one_too_many(action: Action, most: str) -> bool:
    limiter = rate_limits.limiter
    if not limiter.enabled:
        return False
    with suppress(RedisError):
        mine = limiter.limiter.hit(parse(most), "audit", action, rate_limits.address())
        return not (mine and limiter.limiter.hit(OF_ALL, "audit"))
    return False


def _address() -> str:
    return request.remote_addr or ""


def fields(model: Any) -> dict[str, Any]:
    """What a record says: its columns, and the ids of the rows that it names as many."""
    mapper = model.__mapper__
    columns = {each.key: getattr(model, each.key) for each in mapper.local_table.columns}
    named = {
        each.key: sorted(row.id for row in getattr(model, each.key))
        for each in mapper.relationships
        if each.uselist and each.secondary is not None
    }
    return columns | named
