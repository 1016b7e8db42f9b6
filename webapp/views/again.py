"""Buying once more what an order was for."""

from shared import orders
from shared.cart import Cart
from shared.orders.again import Again
from webapp.auth import login_required, user
from webapp.blueprint import Blueprint
from webapp.current import redis, session
from webapp.schemas.again import AgainSchema

blueprint = Blueprint("again", __name__, url_prefix="/orders", description="Buying the same once more")


@blueprint.route("/<id:order_id>/again/", methods=["POST"])
@login_required
@blueprint.response(200, AgainSchema)
def again(order_id: int) -> Again:
    """Put the courses of a cancelled, timed-out or refunded order into the cart, and select them alone.

    Those that cannot be bought are in `left_out`; where that is all of them the cart stays as it is.
    """
    found = orders.again(session(), user().id, order_id)
    if found.course_ids:
        cart = Cart(session(), redis(), user().id)
        cart.put(dict.fromkeys(cart.items(), False) | dict.fromkeys(found.course_ids, True))
    return found
