"""Payment through Alipay, or the sandbox in its place."""

import logging
from typing import Any
from urllib.parse import urlencode

from flask import Response, redirect, request

from shared import payments
from shared.accounts.audit import Action, Fact
from shared.errors import Conflict, Refused
from shared.models import Order
from shared.order_status import OrderStatus
from shared.orders.own import wrong_state
from shared.orders.owned import refuse_order_with_owned
from shared.orders.queries import order_numbered, own_order_numbered
from webapp import audit, rate_limits
from webapp.auth import login_required, user
from webapp.blueprint import Blueprint
from webapp.current import session
from webapp.provider import ask, own_url, provider, record
from webapp.schemas.payments import PayLinkSchema, PaymentResultSchema

blueprint = Blueprint("payments", __name__, url_prefix="/payments/alipay", description="Payment")

SUBJECT = "Lapse 课程订单"
OVERDUE_LINK = 60
"""Seconds that a link is good for at least: a frozen listener leaves an order open when its time is over."""

TAKEN, NOT_TAKEN = "success", "failure"
"""What a provider wants to hear: with anything but the first it notifies again, for about a day."""

FORM = {"content": {"application/x-www-form-urlencoded": {"schema": {"type": "object"}}}}
SIGNED = [{"in": "query", "name": name, "schema": {"type": "string"}} for name in ("out_trade_no", "sign", "app_id")]

log = logging.getLogger(__name__)


@blueprint.route("/<string:order_number>/")
@login_required
@blueprint.response(200, PayLinkSchema)
def link(order_number: str) -> dict[str, str]:
    """Get where to pay an unpaid order. One that timed out is 409 until recovered, one with an owned course too.

    While nothing closes an order whose time is over it can still be paid, by a link that is good for a minute.
    """
    order = own_order_numbered(session(), user().id, order_number)
    left, amount, trade = order.seconds_left, order.real_price, _trade_of(order)
    if order.status != OrderStatus.UNPAID:
        raise wrong_state(order.status)
    refuse_order_with_owned(session(), order)
    payments.expect(session(), order.id)
    session().commit()
    back, notify = own_url("/payments/alipay/result/"), own_url("/payments/alipay/notify/")
    return {"link": provider().link(trade, amount, SUBJECT, back, notify, max(left or 0, OVERDUE_LINK))}


@blueprint.route("/query/<string:order_number>/")
@login_required
@blueprint.response(200, PaymentResultSchema)
def query(order_number: str) -> Order:
    """Ask whether an order is paid: 409 until it is. The provider is asked too, for its notice may be lost."""
    order = own_order_numbered(session(), user().id, order_number)
    ask(_trade_of(order), order.status)
    order = own_order_numbered(session(), user().id, order_number)
    if order.status == OrderStatus.UNPAID:
        raise Conflict("not_paid", "The order is not paid yet.")
    if order.status != OrderStatus.PAID:
        raise wrong_state(order.status)
    return order


@blueprint.route("/result/")
@blueprint.doc(parameters=SIGNED)
@blueprint.response(200, PaymentResultSchema)
@blueprint.alt_response(303, description="A browser is sent on to the page that shows the result")
def result() -> Any:
    """Come back from the provider, with its signature. A browser is sent on to `/pay/result`."""
    out_trade_no = provider().verify_return(request.args.to_dict())
    order_number = payments.order_number_of(out_trade_no)
    order = order_numbered(session(), order_number)
    ask(out_trade_no, order.status)
    if request.accept_mimetypes.best_match(("application/json", "text/html")) == "text/html":
        return redirect(f"/pay/result?{urlencode({'out_trade_no': order_number})}", 303)
    return order


@blueprint.route("/notify/", methods=["POST"])
@blueprint.doc(requestBody=FORM)
@blueprint.response(200, {"type": "string", "enum": [TAKEN]}, content_type="text/plain")
@blueprint.alt_response(400, schema={"type": "string", "enum": [NOT_TAKEN]}, content_type="text/plain")
@rate_limits.of_notices
def notify() -> Response:
    """Be told by the provider of money; the same notice again changes nothing."""
    try:
        receipt = provider().verify(request.form.to_dict())
        if receipt is not None:
            record(receipt)
    except Refused as refusal:
        # Also a genuine notice about an order we do not know: somebody has to look at it, so it may come again.
        log.warning("a notice was not taken: %s", refusal.detail, extra={"trade": request.form.get("trade_no")})
        told = Fact("trade", request.form.get("trade_no", ""), after={"reason": refusal.detail})
        audit.refused(Action.NOTICE_REFUSED, told)
        return Response(NOT_TAKEN, 400, mimetype="text/plain")
    return Response(TAKEN, mimetype="text/plain")


def _trade_of(order: Order) -> str:
    return payments.out_trade_no(order.order_number, order.recoveries)
