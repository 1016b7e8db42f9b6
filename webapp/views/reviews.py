"""Reviews of bought courses."""

from typing import Any

from shared import orders
from webapp import rate_limits
from webapp.auth import login_required, user
from webapp.blueprint import Blueprint
from webapp.current import session
from webapp.schemas.reviews import ReviewRequestSchema, WrittenReviewSchema

blueprint = Blueprint("reviews", __name__, url_prefix="/orders", description="Reviews of what was bought")


@blueprint.route("/<id:order_id>/review/", methods=["POST"])
@login_required
@blueprint.arguments(ReviewRequestSchema)
@blueprint.response(201, WrittenReviewSchema)
@rate_limits.of_reviews
def review(body: dict[str, Any], order_id: int) -> dict[str, Any]:
    """Review a course of a paid order, once for all orders; after a refund it no longer counts."""
    course_id = body.get("course_id")
    written = orders.review(session(), user().id, order_id, course_id, body["rating"], body["content"])
    answer = {**body, "order_id": order_id, "course_ids": [each.course_id for each in written]}
    session().commit()
    return answer
