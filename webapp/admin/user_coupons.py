"""Coupons in users' hands: given, marked and taken away, one at a time or many."""

from typing import Any, ClassVar

from flask import flash, request
from flask_admin.actions import action
from flask_admin.form import BaseForm
from sqlalchemy import select
from wtforms import BooleanField, TextAreaField, ValidationError
from wtforms.validators import InputRequired

from shared.coupons import grants
from shared.errors import Conflict
from shared.models import Coupon, Order, User, UserCoupon
from webapp.admin.coupons import MENU
from webapp.admin.fields import RowField
from webapp.admin.problems import IN_USE, numbers
from webapp.admin.view import View, asked_ids
from webapp.admin.words import say
from webapp.current import session

MOST = 1000
"""How many users are given a coupon at once."""

NOT_DELETED = IN_USE["fk_orders_user_coupon_id"]


class GiveForm(BaseForm):
    """Who is to have which coupon."""

    coupon = RowField("Coupon", Coupon, newest_first=True)
    usernames = TextAreaField(
        "Users", [InputRequired()], render_kw={"rows": 8}, description="Their user names, one on each line"
    )

    def names(self) -> list[str]:
        """The user names, each once."""
        lines = (line.strip() for line in (self.usernames.data or "").splitlines())
        return list(dict.fromkeys(line for line in lines if line))

    def validate_usernames(self, field: TextAreaField) -> None:
        """Not none, and not more than one request can do."""
        if not 1 <= len(self.names()) <= MOST:
            raise ValidationError(f"Name between 1 and {MOST} users.")


class MarkForm(BaseForm):
    """Whether it is over for its user."""

    is_expired = BooleanField("Expired", description="Whether it is over for this user, whatever the coupon says")


class UserCouponView(View):
    """Users' coupons."""

    tells_itself = True
    table, menu = UserCoupon, ("Users’ coupons", MENU)
    column_list = column_details_list = (
        "id",
        "user.username",
        "coupon.name",
        "coupon.end_time",
        "expired_at",
        "holder",
        "created_at",
    )
    column_labels: ClassVar[dict[str, str]] = {
        "user.username": "User",
        "coupon.name": "Coupon",
        "coupon.end_time": "Until",
        "expired_at": "Expired",
        "holder": "Held by order",
        "created_at": "Since",
    }
    column_formatters: ClassVar[dict[str, Any]] = {
        "holder": lambda view, context, user_coupon, name: view.holder(user_coupon) or "–"
    }
    column_formatters_detail = column_formatters
    column_select_related_list = (UserCoupon.user, UserCoupon.coupon)
    column_searchable_list = ("user.username", "coupon.name")

    def get_create_form(self) -> type[BaseForm]:
        """Giving is for many."""
        return GiveForm

    def get_edit_form(self) -> type[BaseForm]:
        """Marking is for one."""
        return MarkForm

    def create_form(self, obj: Any = None) -> BaseForm:
        """The form, with the users in it that were selected in their list."""
        form = super().create_form(obj)
        if request.method == "GET":
            chosen = select(User.username).where(User.id.in_(asked_ids())).order_by(User.id)
            form.usernames.data = "\n".join(session().scalars(chosen))
        return form

    def edit_form(self, obj: Any = None) -> BaseForm:
        """The form as the record is."""
        form = super().edit_form(obj)
        if request.method == "GET":
            form.is_expired.data = obj.expired_at is not None
        return form

    def create(self, form: GiveForm) -> bool:
        """Give."""
        count = grants.give(session(), form.coupon.data, form.names())
        flash(say("Given to %(count)s.", count=count), "info")
        return True

    def change(self, form: MarkForm, model: UserCoupon) -> None:
        """Mark, or clear the mark. Raises Conflict when the coupon's own time is over."""
        if form.is_expired.data:
            grants.mark_expired(session(), [model.id])
        elif model.expired_at and not grants.clear_mark(session(), [model.id]):
            raise Conflict("coupon_over", "The coupon's own time is over; set its end first.")

    def remove(self, model: UserCoupon) -> None:
        """Take away. Raises Conflict when an order names it."""
        if not grants.take_away(session(), [model.id]):
            raise Conflict("coupon_used", NOT_DELETED)

    @action("delete", "Take away", "Take the selected coupons away from their users?")
    def action_delete(self, ids: list[str]) -> None:
        """Take those away that no order names."""
        self._in_bulk(grants.take_away, ids, "taken away", NOT_DELETED)

    @action("expire", "Mark as expired", "Let the selected coupons be over for their users?")
    def action_expire(self, ids: list[str]) -> None:
        """Mark them as expired."""
        self._in_bulk(grants.mark_expired, ids, "marked as expired", "They were so before.")

    @action("revive", "Clear the mark", "Let the selected coupons be good again?")
    def action_revive(self, ids: list[str]) -> None:
        """Clear the mark of those whose own time is not over."""
        self._in_bulk(grants.clear_mark, ids, "good again", "They had no mark, or their own time is over.")

    def holder(self, user_coupon: UserCoupon) -> str | None:
        """The number of the live order that holds it."""
        holder = select(Order.order_number).where(Order.user_coupon_id == user_coupon.id, Order.is_live)
        return session().scalar(holder)

    def _in_bulk(self, verb: Any, ids: list[str], done: str, why_not: str) -> None:
        wanted = numbers(ids)
        count = self.carry_out(lambda: (verb(session(), wanted),))
        if count is False:
            return
        flash(f"{count[0]} {done}.", "success" if count[0] else "info")
        if count[0] < len(wanted):
            flash(f"{len(wanted) - count[0]} left as they were. {why_not}", "error")
