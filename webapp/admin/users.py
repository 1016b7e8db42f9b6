"""Users, and the credit that staff give them."""

from typing import Any, ClassVar

from flask import flash, redirect, request, url_for
from flask_admin.actions import action
from flask_admin.base import expose
from flask_admin.form import BaseForm
from sqlalchemy import select
from wtforms import IntegerField, ValidationError
from wtforms.validators import InputRequired, NumberRange

from shared import credit
from shared.models import CreditGrant, User
from webapp.admin import staff
from webapp.admin.fields import name_field
from webapp.admin.view import ReadOnly, Table
from webapp.current import session

MENU = "Users"
NEWEST = 50


class GrantForm(BaseForm):
    """How much credit, and why."""

    amount = IntegerField(
        "Amount",
        [InputRequired(), NumberRange(-(10**9), 10**9)],
        description="Credits to give, or with a minus to take; 10 credits are 1.00",
    )
    note = name_field("Note", 255)

    def validate_amount(self, field: IntegerField) -> None:
        """Nothing is no grant."""
        if field.data == 0:
            raise ValidationError("Must not be 0.")


class UserView(ReadOnly):
    """Users, without what nobody is to see. Their credit changes by a grant alone."""

    table, menu = User, ("Users", MENU)
    column_list = ("id", "username", "nickname", "credit", "is_staff", "created_at")
    column_details_list = (*column_list, "position", "city", "gender", "signature")
    column_searchable_list = ("username", "nickname")
    row_links = (("fa fa-database", "admin_users.grant", "Give or take credit"),)

    @expose("/grant/", methods=("GET", "POST"))
    def grant(self) -> Any:
        """Give a user credit, or take some."""
        user = self.get_one(request.args.get("id", ""))
        if user is None:
            flash("Record does not exist.", "error")
            return redirect(self.get_url(".index_view"))
        form = GrantForm(request.form)
        if request.method == "POST" and form.validate() and self._grant(user.id, form):
            return redirect(self.get_url(".details_view", id=user.id), 303)
        return self.render("lapse/grant.html", form=form, user=user, return_url=self.get_url(".index_view"))

    @action("give", "Give a coupon")
    def action_give(self, ids: list[str]) -> Any:
        """Go on to the form where the coupon is chosen."""
        return redirect(url_for("admin_user_coupons.create_view", user=ids), 303)

    def tables(self, model: User) -> list[Table]:
        """The newest grants."""
        newest = select(CreditGrant).where(CreditGrant.user_id == model.id).order_by(CreditGrant.id.desc())
        grants = session().scalars(newest.limit(NEWEST)).all()
        rows = [[each.created_at, each.amount, each.note, each.staff and each.staff.username] for each in grants]
        return [("Credit given and taken by staff", ["When", "Amount", "Note", "By"], rows)]

    def _grant(self, user_id: int, form: GrantForm) -> bool:
        amount, note = form.amount.data, form.note.data
        given = self.carry_out(lambda: credit.grant(session(), user_id, amount, note, staff.current_id()))
        if given is False:
            return False
        flash(f"{amount:+} credits.", "success")
        return True


class CreditGrantView(ReadOnly):
    """All grants."""

    table, menu = CreditGrant, ("Credit given", MENU)
    column_list = column_details_list = ("id", "user.username", "amount", "note", "staff.username", "created_at")
    column_labels: ClassVar[dict[str, str]] = {"user.username": "User", "staff.username": "By"}
    column_select_related_list = (CreditGrant.user, CreditGrant.staff)
    column_searchable_list = ("note",)
