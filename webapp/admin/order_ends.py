"""Cancelling and refunding for a user, with a reason: pages of an order."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import flash, redirect, request
from flask_admin.base import expose
from flask_admin.form import BaseForm
from sqlalchemy.orm import Session

from shared import effects, orders
from shared.models import Order
from shared.order_status import OrderStatus
from shared.orders.give_back import Closed
from shared.orders.own import wrong_state
from webapp.admin.fields import name_field
from webapp.current import after_commit, session
from webapp.provider import give_back_now


class ReasonForm(BaseForm):
    """Why."""

    reason = name_field("Reason", 200)


@dataclass(frozen=True)
class End:
    """One way in which staff end an order: from which state, by which verb of `shared.orders`, and what is said."""

    endpoint: str
    before: OrderStatus
    verb: Callable[[Session, int, str], Closed]
    title: str
    consequence: str
    done: str


CANCEL = End(
    "admin_orders.cancel",
    OrderStatus.UNPAID,
    orders.cancel_for_user,
    "Cancel the order",
    "Credit and coupon go back to the user, who can no longer pay.",
    "The order is cancelled.",
)
REFUND = End(
    "admin_orders.refund",
    OrderStatus.PAID,
    orders.refund_for_user,
    "Refund the order",
    "The user loses the courses; money, credit and coupon go back to them.",
    "The order is refunded.",
)


class OrderEnds:
    """Goes before the view of orders."""

    @expose("/cancel/", methods=("GET", "POST"))
    def cancel(self) -> Any:
        """Cancel an unpaid order, once that is confirmed with a reason."""
        return self._end(CANCEL)

    @expose("/refund/", methods=("GET", "POST"))
    def refund(self) -> Any:
        """Refund a paid order, once that is confirmed with a reason."""
        return self._end(REFUND)

    def ends(self, order: Order) -> list[End]:
        """What can be done with the order in its state."""
        return [end for end in (CANCEL, REFUND) if order.status == end.before]

    def _end(self: Any, end: End) -> Any:
        order = self.get_one(request.args.get("id", ""))
        if order is None:
            flash("Record does not exist.", "error")
            return redirect(self.get_url(".index_view"))
        page = self.get_url(".details_view", id=order.id)
        form = ReasonForm(request.form)
        if order.status != end.before:
            flash(wrong_state(order.status).detail, "error")
            return redirect(page, 303)
        if request.method == "POST" and form.validate():
            self._carry_out(end, order.id, form.reason.data)
            return redirect(page, 303)
        return self.render("lapse/order_end.html", form=form, order=order, end=end, return_url=page)

    def _carry_out(self: Any, end: End, order_id: int, reason: str) -> None:
        closed = self.carry_out(partial(end.verb, session(), order_id, reason))
        if closed is False:
            return
        after_commit(effects.closed, closed)
        if end is REFUND:
            give_back_now(order_id)
        flash(end.done, "success")
