"""The sandbox's cashier as a page: what Alipay's own page is to a real shop. Served in sandbox mode alone.

The signed bill is all the authority there is, as it is with the real one: whoever has the link may pay.
"""

from typing import Any, cast
from urllib.parse import urlencode, urljoin

from flask import Blueprint, Flask, current_app, redirect, render_template, request

from shared.payments import Sandbox
from shared.payments.sandbox import CASHIER_PATH
from shared.payments.sandbox.cashier import Cashier
from shared.payments.sandbox.delivery import deliver
from webapp.current import settings
from webapp.hosts import by_loopback

NOTIFY_PATH = "/payments/alipay/notify/"

blueprint = Blueprint("sandbox", __name__)


def init_app(app: Flask) -> None:
    """Serve the cashier; a test may put another way to deliver notices in its place."""
    app.register_blueprint(blueprint)
    app.extensions["sandbox_delivery"] = deliver


@blueprint.get(CASHIER_PATH)
def show() -> str:
    """The bill, a button to pay it, and one to leave."""
    bill_fields = request.args.to_dict()
    bill = _cashier().read(bill_fields)
    return render_template(
        "cashier.html",
        bill=bill,
        bill_fields=bill_fields,
        is_paid=_cashier().is_paid(bill),
        pay=CASHIER_PATH,
        leave=urljoin(bill.return_url, f"/pay/result?{urlencode({'out_trade_no': bill.order_number})}"),
    )


@blueprint.post(CASHIER_PATH)
def pay() -> Any:
    """Take the money, notify the app and send the browser back to it. Money that was taken is not taken again."""
    bill = _cashier().read((request.form or request.args).to_dict())
    trade = _cashier().charge(bill)
    # Not to the bill's own address: that follows from what some request claimed to be for.
    told = by_loopback(settings()) + NOTIFY_PATH
    current_app.extensions["sandbox_delivery"](told, _cashier().notice(bill, trade))
    return redirect(_cashier().way_back(bill, trade), 303)


def _cashier() -> Cashier:
    return cast(Sandbox, current_app.extensions["provider"]).cashier
