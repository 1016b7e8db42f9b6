"""Every error as `application/problem+json` (RFC 9457) with a stable `code`."""

import json
import logging
from http import HTTPStatus
from typing import Any

import marshmallow as ma
from flask import Flask, Response
from redis.exceptions import RedisError
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException

from shared.errors import Conflict, Forbidden, NotFound, Refused, Unprocessable
from shared.stores.migrated import is_migrated
from webapp.current import session
from webapp.database import roll_back

PROBLEM = "application/problem+json"

CODES = {
    400: "malformed",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    408: "request_timeout",
    413: "too_large",
    422: "invalid_fields",
    429: "too_many_requests",
    500: "internal_error",
    503: "store_unavailable",
}

_MISSING = ("42P01", "42703")  # the SQLSTATEs of a table and of a column that are not there

log = logging.getLogger(__name__)


class ProblemSchema(ma.Schema):
    """What an error looks like."""

    type = ma.fields.String(required=True)
    title = ma.fields.String(required=True)
    status = ma.fields.Integer(required=True)
    detail = ma.fields.String(required=True)
    code = ma.fields.String(required=True, metadata={"description": "Stable; for machines to act on."})
    errors = ma.fields.Dict(keys=ma.fields.String(), metadata={"description": "What is wrong, by field."})
    course_ids = ma.fields.List(
        ma.fields.Integer(), metadata={"description": "With `already_owned` and `course_off_sale`: which."}
    )
    quote = ma.fields.Dict(metadata={"description": "With `price_changed`: what `/orders/quote/` answers now."})


def init_app(app: Flask) -> None:
    """Answer every exception with a problem."""
    app.register_error_handler(HTTPException, from_http)
    app.register_error_handler(Refused, from_refusal)
    app.register_error_handler(DBAPIError, from_database)
    app.register_error_handler(PoolTimeoutError, from_outage)
    app.register_error_handler(RedisError, from_outage)
    app.register_error_handler(Exception, from_bug)


def problem(status: int, detail: str, *, code: str | None = None, **more: Any) -> Response:
    """Return the problem as a response; `more` are further members of it."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code or CODES.get(status, "refused"),
        **more,
    }
    return Response(json.dumps(body), status, mimetype=PROBLEM)


def from_http(error: HTTPException) -> Any:
    """What Flask, Werkzeug and the argument parser raise; redirects are none of them problems."""
    status = error.code or 500
    if status < 400:
        return error
    if status == 415:
        status = 400
    data = getattr(error, "data", {})
    if status == 422:
        return problem(status, "Some fields are invalid.", errors=_by_field(data.get("messages", {})))
    answer = problem(status, data.get("description") or error.description or "", code=data.get("code"))
    answer.headers.extend({name: value for name, value in error.get_headers() if name != "Content-Type"})
    if status == 401:
        answer.headers.setdefault("WWW-Authenticate", "Bearer")
    return answer


def from_refusal(error: Refused) -> Response:
    """What a verb cannot do."""
    statuses = {NotFound: 404, Forbidden: 403, Conflict: 409, Unprocessable: 422}
    status = next((status for kind, status in statuses.items() if isinstance(error, kind)), 400)
    more = {"errors": _by_field({"": [error.detail]})} if status == 422 else {}
    return problem(status, error.detail, code=error.code, **error.told, **more)


def from_database(error: DBAPIError) -> Response:
    """PostgreSQL away, not migrated yet, or refusing a value that no rule before it caught."""
    if isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated:
        return from_outage(error)
    if isinstance(error, IntegrityError):
        log.warning("refused by a constraint: %s", error.orig)
        return problem(409, "Something else changed at the same time; try again.", code="conflict")
    if isinstance(error, DataError):
        return problem(400, "A value is out of range.")
    if getattr(error.orig, "pgcode", None) in _MISSING and not _is_migrated():
        return from_outage(error)
    return from_bug(error)


def _is_migrated() -> bool:
    roll_back()
    try:
        return is_migrated(session())
    except DBAPIError:
        return False


def from_outage(error: Exception) -> Response:
    """A store is away, or too slow."""
    log.error("store unavailable: %s", error)
    answer = problem(503, "A store is not available; try again in a moment.")
    answer.headers["Retry-After"] = "1"
    return answer


def from_bug(error: Exception) -> Response:
    """Anything else is our mistake, and tells nothing about itself."""
    log.exception("unexpected error", exc_info=error)
    return problem(500, "Something went wrong here.")


def _by_field(messages: dict[str, Any]) -> dict[str, Any]:
    """The parser's messages without the part of the request they come from."""
    merged: dict[str, Any] = {}
    for fields in messages.values():
        merged |= fields if isinstance(fields, dict) else {"_schema": fields}
    return merged
