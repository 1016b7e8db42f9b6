"""What a coupon would do to a basket, before anybody has it."""

from typing import Any

from flask import flash, redirect, request
from flask_admin.base import expose
from flask_admin.form import BaseForm
from sqlalchemy import select
from wtforms import IntegerField
from wtforms.validators import InputRequired, NumberRange

from shared import pricing
from shared.coupons.queries import rule_of
from shared.errors import Refused
from shared.models import Coupon, Course
from shared.pricing import Line, Quote
from webapp.admin.fields import RowsField
from webapp.admin.problems import explain
from webapp.admin.view import View
from webapp.admin.words import say
from webapp.current import session


class BasketForm(BaseForm):
    """A basket, and the credit that its user would use."""

    courses = RowsField("Courses", Course, validators=[InputRequired()])
    credit = IntegerField("Credit", [InputRequired(), NumberRange(0, 10**9)], default=0)


class Trial(View):
    """Coupons that can be tried; nothing is taken, and whether their time has come does not matter."""

    row_links = (("fa fa-calculator", "admin_coupons.trial", "Try it"),)

    @expose("/try/", methods=("GET", "POST"))
    def trial(self) -> Any:
        """Say what a basket costs with the coupon, and without."""
        coupon = self.get_one(request.args.get("id", ""))
        if coupon is None:
            flash(say("Record does not exist."), "error")
            return redirect(self.get_url(".index_view"))
        form, found, without = BasketForm(request.form), None, None
        if request.method == "POST" and form.validate():
            lines = [Line.of(course) for course in _courses(form.courses.data)]
            try:
                found = _quoted(lines, coupon, form.credit.data)
                without = pricing.quote(lines)
            except Refused as refusal:
                flash(explain(refusal), "error")
        return self.render("lapse/trial.html", form=form, coupon=coupon, found=found, without=without)


def _courses(ids: list[int]) -> list[Course]:
    return list(session().scalars(select(Course).where(Course.id.in_(ids)).order_by(Course.id)))


def _quoted(lines: list[Line], coupon: Coupon, credit: int) -> Quote:
    """The price for somebody who has just that much credit. Raises Refused."""
    return pricing.quote(lines, rule_of(coupon), credit, balance=credit)
