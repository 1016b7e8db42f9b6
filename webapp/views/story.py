"""What happened to an order."""

from shared.orders.queries import own_order
from shared.orders.story import Chapter, story_of
from webapp.auth import login_required, user
from webapp.blueprint import Blueprint
from webapp.current import session
from webapp.schemas.story import ChapterSchema

blueprint = Blueprint("story", __name__, url_prefix="/orders", description="What happened to an order")


@blueprint.route("/<id:order_id>/history/")
@login_required
@blueprint.response(200, ChapterSchema(many=True))
def history(order_id: int) -> list[Chapter]:
    """List what happened to an order, the oldest first, with what it held and gave back."""
    return story_of(session(), own_order(session(), user().id, order_id))
