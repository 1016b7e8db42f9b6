"""What happened to an order."""

from shared.orders.history import Happened, history_of
from shared.orders.queries import own_order
from webapp.auth import login_required, user
from webapp.blueprint import Blueprint
from webapp.current import session
from webapp.schemas.order_history import HappenedSchema

blueprint = Blueprint("order_history", __name__, url_prefix="/orders", description="What happened to an order")


@blueprint.route("/<id:order_id>/history/")
@login_required
@blueprint.response(200, HappenedSchema(many=True))
def history(order_id: int) -> list[Happened]:
    """List what happened to an order, the oldest first, with what it held and gave back."""
    return history_of(session(), own_order(session(), user().id, order_id))
