"""The stream of what happens to one's orders."""

import re
from time import time

from flask import Response, request
from flask_jwt_extended import get_jwt

from webapp.auth import login_required, user
from webapp.blueprint import Blueprint
from webapp.current import session
from webapp.schemas.events import StreamHeaders, StreamQuery
from webapp.streams import current_hub
from webapp.streams.event_log import Position, newest_grant, newest_id

blueprint = Blueprint("events", __name__, url_prefix="/orders", description="What happens to orders")

HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
EXAMPLE = """retry: 2000

event: order
id: 1042
data: {"id": 42, "order_number": "202601010000000100000042", "order_status": 3, "kind": "status", "credit": 50,
 "coupon": {"id": 1, "name": "…"}, "expires_at": "2026-01-01T00:15:00.000000+00:00",
 "at": "2026-01-01T00:15:00.013000+00:00"}
"""


@blueprint.route("/events/")
@login_required
@blueprint.arguments(StreamQuery, location="query")
@blueprint.arguments(StreamHeaders, location="headers")
@blueprint.response(200, {"type": "string"}, content_type="text/event-stream", example=EXAMPLE)
def events(query: dict[str, int], headers: dict[str, str]) -> Response:
    """Hear of each change of one's orders as it happens, from now on or from after the last one that was heard.

    Each `event: order` has an `OrderEvent` as its data; its `kind` is `status`, `reminder` (an unpaid order is about to
    time out), `payment` (money came that changed no state) or `refund` (money went back). An `event: account`, without
    an id, says in an `AccountEvent` how much credit there is after staff gave or took some. The stream ends with its
    token, with a logout and with the server's process; come back then.
    """
    if request.method == "HEAD":
        return Response(content_type="text/event-stream", headers=HEADERS)
    claims, streams = get_jwt(), current_hub()
    position = _resumed_from(headers["last_event_id"], query.get("last_event_id"))
    connection = request.environ.get("gunicorn.socket") or request.environ.get("werkzeug.socket")
    stream = streams.open(position, str(claims["sid"]), claims["exp"] - time(), connection)
    response = Response(stream.frames(), content_type="text/event-stream", headers=HEADERS)

    response.call_on_close(lambda: streams.close(stream))
    return response


def _resumed_from(header: str, asked: int | None) -> Position:
    """Where to begin; an id from the future, which a database that was restored knows nothing of, is now."""
    if re.fullmatch("[0-9]{1,18}", header):
        asked = int(header)
    user_id = user().id
    newest = newest_id(session(), user_id)
    return Position(user_id, newest if asked is None else min(asked, newest), newest_grant(session(), user_id))
