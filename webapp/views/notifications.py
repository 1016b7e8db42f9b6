"""What a user is told of."""

from typing import Any

from flask import Response

from shared.orders import notifications
from webapp.auth import login_required, user
from webapp.blueprint import Blueprint
from webapp.current import session
from webapp.paging import PageQuery, rows_of
from webapp.schemas.notifications import NotificationPageSchema

blueprint = Blueprint("notifications", __name__, url_prefix="/users/me", description="What one is told of")


@blueprint.route("/notifications/")
@login_required
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, NotificationPageSchema)
def listing(query: dict[str, int]) -> dict[str, Any]:
    """List what happened to one's orders, credit and coupons without one's own doing, newest first."""
    page = rows_of(notifications.notifications_of(user().id), query["page"], query["size"])
    return page | {"unread": notifications.unread(session(), user().id)}


@blueprint.route("/notifications/read/", methods=["PUT"])
@login_required
@blueprint.response(204)
def mark_read() -> Response:
    """Have read all that there is."""
    notifications.mark_read(session(), user().id)
    session().commit()
    return Response(status=204)
