"""A user's account: where their credit went, what they bought, what they paid."""

from typing import Any

from shared.accounts.history import bills_of, courses_of
from shared.accounts.ledger import ledger_of
from webapp.auth import login_required, user
from webapp.blueprint import Blueprint
from webapp.paging import PageQuery, rows_of
from webapp.schemas.history import BillPageSchema, LedgerPageSchema, OwnCoursePageSchema

blueprint = Blueprint("account", __name__, url_prefix="/users/me", description="One's own account")


@blueprint.route("/ledger/")
@login_required
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, LedgerPageSchema)
def ledger(query: dict[str, int]) -> dict[str, Any]:
    """List what one's orders took and gave back, newest first."""
    return rows_of(ledger_of(user().id), query["page"], query["size"])


@blueprint.route("/courses/")
@login_required
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, OwnCoursePageSchema)
def courses(query: dict[str, int]) -> dict[str, Any]:
    """List the courses one has paid for."""
    return rows_of(courses_of(user().id), query["page"], query["size"])


@blueprint.route("/bills/")
@login_required
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, BillPageSchema)
def bills(query: dict[str, int]) -> dict[str, Any]:
    """List what one paid and got back."""
    return rows_of(bills_of(user().id), query["page"], query["size"])
