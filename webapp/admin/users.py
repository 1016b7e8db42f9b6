"""Users, and the credit that staff give them."""

from collections.abc import Callable
from secrets import token_urlsafe
from typing import Any, ClassVar

from flask import flash, redirect, request, url_for
from flask_admin.actions import action
from flask_admin.base import expose
from flask_admin.form import BaseForm
from sqlalchemy.orm import Session
from wtforms import IntegerField, PasswordField, ValidationError
from wtforms.validators import InputRequired, Length, NumberRange

from shared import effects
from shared.accounts import credit, logins, standing
from shared.accounts.password_rules import LONGEST, problem_with
from shared.models import CreditGrant, Login, User
from webapp.admin import staff, user_tables
from webapp.admin.fields import name_field
from webapp.admin.problems import numbers
from webapp.admin.view import ReadOnly, Table
from webapp.admin.words import say
from webapp.current import after_commit, session
from webapp.passwords import hash_password

MENU = "Users"
RANDOM_BYTES = 12
NOT_HERE = "Members of the staff are disabled, enabled and given passwords on the command line alone."


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


class PasswordForm(BaseForm):
    """A password to tell the user, who may change it; `username` is theirs."""

    username: str
    password = PasswordField(
        "New password",
        [Length(max=LONGEST)],
        description="Leave it empty for a random one, which is shown once",
        render_kw={"autocomplete": "new-password"},
    )

    def validate_password(self, field: PasswordField) -> None:
        """The rules are the users' own; none at all asks for a random one."""
        problem = problem_with(field.data, self.username) if field.data else None
        if problem:
            raise ValidationError(problem)


class UserView(ReadOnly):
    """Users, without what nobody is to see. Their credit changes by a grant alone."""

    table, menu = User, ("Users", MENU)
    details_template = "lapse/user.html"
    logins = staticmethod(user_tables.logins)
    column_list = ("id", "username", "nickname", "credit", "is_staff", "is_disabled", "created_at")
    column_details_list = (*column_list, "position", "city", "gender", "signature")
    column_searchable_list = ("username", "nickname")
    row_links = (
        ("fa fa-database", "admin_users.grant", "Give or take credit"),
        ("fa fa-key", "admin_users.reset_password", "Reset the password"),
    )

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

    @expose("/reset-password/", methods=("GET", "POST"))
    def reset_password(self) -> Any:
        """Give a user another password, which ends their logins."""
        user = self.get_one(request.args.get("id", ""))
        if user is None or user.is_staff:
            flash(NOT_HERE if user else "Record does not exist.", "error")
            return redirect(self.get_url(".index_view"))
        form = PasswordForm(request.form)
        form.username = user.username
        page = self.get_url(".details_view", id=user.id)
        if request.method == "POST" and form.validate():
            made = None if form.password.data else token_urlsafe(RANDOM_BYTES)
            standing.change_password(session(), user.id, hash_password(made or form.password.data))
            session().commit()
            flash("The password is another now, and every login has ended.", "success")
            # Shown in this one answer, and nowhere kept: a message would go into the cookie.
            return self.render("lapse/new_password.html", user=user, made=made) if made else redirect(page, 303)
        return self.render("lapse/reset_password.html", form=form, user=user, return_url=page)

    @expose("/disable/", methods=("POST",))
    def disable(self) -> Any:
        """Let a user log in no more."""
        return self._let_one(standing.disable, "disabled")

    @expose("/enable/", methods=("POST",))
    def enable(self) -> Any:
        """Let a user log in again."""
        return self._let_one(standing.enable, "enabled")

    @expose("/end-logins/", methods=("POST",))
    def end_logins(self) -> Any:
        """End all log-ins of a user, or the one that is named."""
        which = [Login.id.in_(numbers(request.form.getlist("login")))] if "login" in request.form else []
        return self._let_one(lambda session, user_id: logins.end(session, user_id, *which), "logged out")

    @action("disable", "Disable", "Disable the selected users and end their logins?")
    def action_disable(self, ids: list[str]) -> None:
        """Let them log in no more."""
        self._let(ids, standing.disable, "disabled.")

    @action("enable", "Enable")
    def action_enable(self, ids: list[str]) -> None:
        """Let them log in again."""
        self._let(ids, standing.enable, "enabled.")

    @action("give", "Give a coupon")
    def action_give(self, ids: list[str]) -> Any:
        """Go on to the form where the coupon is chosen."""
        return redirect(url_for("admin_user_coupons.create_view", user=ids), 303)

    def tables(self, model: User) -> list[Table]:
        """The newest of what there is to see of them."""
        return user_tables.tables(model)

    def _let_one(self, verb: Callable[[Session, int], Any], done: str) -> Any:
        id = request.form.get("id", "")
        self._let([id], verb, done)
        return redirect(self.get_url(".details_view", id=id), 303)

    def _let(self, ids: list[str], verb: Callable[[Session, int], Any], done: str) -> None:
        users = [user for id in ids if (user := self.get_one(id)) is not None]
        theirs = [user.id for user in users if not user.is_staff]
        for user_id in theirs:
            verb(session(), user_id)
        session().commit()
        flash(f"{len(theirs)} {say(done)}", "success" if theirs else "info")
        if len(theirs) < len(users):
            flash(NOT_HERE, "error")

    def _grant(self, user_id: int, form: GrantForm) -> bool:
        amount, note = form.amount.data, form.note.data
        given = self.carry_out(lambda: credit.grant(session(), user_id, amount, note, staff.current_id()))
        if given is False:
            return False
        after_commit(effects.granted, user_id)
        flash(say("%(amount)s credits.", amount=f"{amount:+}"), "success")
        return True


class CreditGrantView(ReadOnly):
    """All grants."""

    table, menu = CreditGrant, ("Credit given", MENU)
    column_list = column_details_list = ("id", "user.username", "amount", "note", "staff.username", "created_at")
    column_labels: ClassVar[dict[str, str]] = {"user.username": "User", "staff.username": "By"}
    column_select_related_list = (CreditGrant.user, CreditGrant.staff)
    column_searchable_list = ("note",)
