"""Credit and coupons for many: looked at first, then given."""

import secrets
from datetime import datetime, time
from typing import Any

from flask import flash, redirect, request
from flask_admin import BaseView
from flask_admin.base import expose
from flask_admin.form import BaseForm
from redis import Redis
from sqlalchemy.orm import Session
from wtforms import DateField, HiddenField, IntegerField, SelectChoice, SelectField, TextAreaField, ValidationError
from wtforms.validators import Length, NumberRange, Optional

from shared import gifts
from shared.coupons import wallet
from shared.errors import Refused
from shared.gifts import Gift, Plan, Whom
from shared.models import Coupon
from shared.stores import events
from webapp.admin import staff, zone
from webapp.admin.fields import AmountField, RowField, name_field
from webapp.admin.pages import Pages
from webapp.admin.problems import explain
from webapp.admin.words import say
from webapp.current import after_commit, session

CREDIT, COUPON = "credit", "coupon"
WHAT = ((CREDIT, "Credit"), (COUPON, "A coupon"))
WHOM = (
    ("names", "The users named below"),
    ("all", "All customers"),
    ("bought_nothing", "Who bought nothing yet"),
    ("spent", "Who spent at least"),
    ("since", "Who registered since"),
)
SHOWN = 50
WALLETS_AT_ONCE = 500


class GiftForm(BaseForm):
    """What, to whom, and why."""

    what = SelectField("What", choices=lambda: _choices(WHAT))
    credit = IntegerField("Credits each", [Optional(), NumberRange(1, 10**6)], description="10 credits are 1.00")
    coupon = RowField("Coupon", Coupon, newest_first=True, validate_choice=False)
    whom = SelectField("To whom", choices=lambda: _choices(WHOM))
    names = TextAreaField("Users", render_kw={"rows": 6}, description="Their user names, one on each line")
    spent = AmountField("Spent at least ¥")
    since = DateField("Registered since", [Optional()])
    reason = name_field("Reason", 200)
    token = HiddenField(validators=[Length(20, 60)])

    def validate_what(self, field: SelectField) -> None:
        """What is given is named."""
        if field.data == CREDIT and not self.credit.data:
            raise ValidationError("Say how many credits.")
        if field.data == COUPON and not self.coupon.data:
            raise ValidationError("Choose a coupon.")

    def validate_whom(self, field: SelectField) -> None:
        """Whom it is for is said."""
        said = {"names": self.listed(), "spent": self.spent.data, "since": self.since.data}
        if not said.get(field.data, True):
            raise ValidationError("Fill in the field for that.")
        if len(self.listed()) > gifts.MOST:
            raise ValidationError("These are too many at once.")

    def listed(self) -> list[str]:
        """The user names, each once."""
        lines = (line.strip() for line in (self.names.data or "").splitlines())
        return list(dict.fromkeys(line for line in lines if line))

    def gift(self) -> Gift:
        """What is given, and why."""
        if self.what.data == CREDIT:
            return Gift(self.reason.data, credit=self.credit.data)
        return Gift(self.reason.data, coupon_id=self.coupon.data)

    def recipients(self) -> Whom:
        """Whom it is for."""
        match self.whom.data:
            case "names":
                return Whom(names=tuple(self.listed()))
            case "bought_nothing":
                return Whom(bought_nothing=True)
            case "spent":
                return Whom(spent_at_least=self.spent.data)
            case "since":
                return Whom(since=zone.typed(datetime.combine(self.since.data, time())))
            case _:
                return Whom()


class GiftView(Pages, BaseView):
    """Gifts."""

    @classmethod
    def build(cls) -> "GiftView":
        """The view, ready to be added."""
        return cls(name="Give to many", category="Users", endpoint="admin_gifts", url="gifts")

    @expose("/", methods=("GET", "POST"))
    def index(self) -> Any:
        """Show what a gift would do; give it when that was seen."""
        form = GiftForm(request.form)
        drawn = None
        if request.method == "POST" and form.validate():
            try:
                if request.form.get("give") == "1":
                    self._give(form)
                    return redirect(self.get_url(".index"), 303)
                drawn = gifts.plan(session(), form.gift(), form.recipients(), staff.current_id())
            except Refused as refusal:
                flash(explain(refusal), "error")
            session().rollback()  # a look changes nothing and holds no lock
        form.token.data = form.token.data or secrets.token_urlsafe(24)
        return self.render("lapse/gifts.html", form=form, plan=drawn, shown=SHOWN)

    def _give(self, form: GiftForm) -> None:
        given = gifts.give(session(), form.gift(), form.recipients(), staff.current_id(), form.token.data)
        session().commit()
        if given is None:
            flash(say("This was given before; nobody got it twice."), "info")
            return
        flash(say("Given to %(count)s.", count=len(given.users)), "success")
        after_commit(_tell, given)


def _choices(names: tuple[tuple[str, str], ...]) -> list[SelectChoice]:
    return [SelectChoice(value, say(name)) for value, name in names]


def _tell(session: Session, redis: Redis, given: Plan) -> None:
    """Wake the streams of those who were given, and bring their wallets in step."""
    events.announce(redis, [id for id, _ in given.users])
    wallet.project_pending(session, redis, WALLETS_AT_ONCE)
