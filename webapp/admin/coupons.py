"""Coupons as the school issues them."""

from functools import partial
from typing import Any, ClassVar

from flask_admin.form import BaseForm
from sqlalchemy import func, select
from wtforms import Field, IntegerField, SelectChoice, SelectField, ValidationError
from wtforms.validators import InputRequired, NumberRange

from shared.coupons import edit
from shared.coupons.sale import Sale
from shared.models import Category, Coupon, Course, Direction, UserCoupon
from shared.pricing import GetType, Scope
from webapp.admin.coupon_trial import Trial
from webapp.admin.fields import AmountField, MomentField, PercentField, RowsField, english_field, name_field
from webapp.admin.imports import Imports
from webapp.admin.on_sale import OnSale
from webapp.admin.words import say
from webapp.current import session

SCOPES = {
    Scope.ALL: "all courses",
    Scope.DIRECTIONS: "directions",
    Scope.CATEGORIES: "categories",
    Scope.COURSES: "courses",
}
GET_TYPES = {GetType.GIVEN: "given by staff", GetType.TAKEN: "taken by users"}
ONE_OF_TWO = "Say either what it takes off or what percentage is left to pay."
MENU = "Coupons"


def choices(names: dict[Any, str]) -> list[SelectChoice]:
    """For a select box, in the reader's language."""
    return [SelectChoice(int(value), say(name)) for value, name in names.items()]


class CouponForm(BaseForm):
    """A coupon; every rule of the database has its sentence here."""

    name = name_field("Name", 100)
    name_en = english_field("Name in English", 100)
    takes_off = AmountField("Takes off ¥", description="Such as 30; empty for one that is a rate")
    percent = PercentField(
        "Rate %",
        description="What is left to pay of the most expensive course, such as 85; empty for one that takes off",
    )
    condition = AmountField(
        "Condition", [InputRequired()], default="0.00", description="The least sum of the courses it is for"
    )
    coupon_type = SelectField("For", choices=partial(choices, SCOPES), coerce=int)
    directions = RowsField("Directions", Direction)
    categories = RowsField("Categories", Category)
    courses = RowsField("Courses", Course)
    start_time = MomentField("From")
    end_time = MomentField("Until")
    get_type = SelectField("How users get it", choices=partial(choices, GET_TYPES), coerce=int)
    total = IntegerField(
        "Total", [InputRequired(), NumberRange(0, 10**9)], default=0, description="How many users may take in all"
    )
    per_user = IntegerField(
        "Per user", [InputRequired(), NumberRange(1, 32767)], default=1, description="How many of them each"
    )

    def __init__(self, *arguments: Any, obj: Coupon | None = None, **more: Any) -> None:
        sale = vars(Sale.read(obj.discount, obj.sale)) if obj else {}  # as two fields, which the coupon has not
        super().__init__(*arguments, obj=obj, **sale | more)

    def validate_percent(self, field: Field) -> None:
        """Either the amount or the percentage is there."""
        if (field.data is None) == (self.takes_off.data is None):
            raise ValidationError(ONE_OF_TWO)

    def validate_end_time(self, field: MomentField) -> None:
        """Refuse an end that is not after the beginning."""
        if self.start_time.data and field.data and field.data <= self.start_time.data:
            raise ValidationError("Must be after its beginning.")

    def validate_total(self, field: Field) -> None:
        """What users take themselves is there to be taken."""
        if self.get_type.data == GetType.TAKEN and field.data == 0:
            raise ValidationError("Users can take none of 0: say how many, or let it be given by staff.")

    def validate_directions(self, field: Field) -> None:
        """Chosen if, and only if, it is for directions."""
        self._check_scope(field, Scope.DIRECTIONS)

    def validate_categories(self, field: Field) -> None:
        """Chosen if, and only if, it is for categories."""
        self._check_scope(field, Scope.CATEGORIES)

    def validate_courses(self, field: Field) -> None:
        """Chosen if, and only if, it is for courses."""
        self._check_scope(field, Scope.COURSES)

    def populate_obj(self, obj: Coupon) -> None:
        """Write the sale as the shop reads it."""
        sale = Sale(self.takes_off.data, self.percent.data)
        obj.discount, obj.sale = sale.discount, sale.written
        for name, field in self._fields.items():
            if name not in vars(sale):
                field.populate_obj(obj, name)

    def _check_scope(self, field: Field, scope: Scope) -> None:
        if self.coupon_type.data == scope and not field.data:
            raise ValidationError("Choose at least one, or let it be for something else.")
        if self.coupon_type.data != scope and field.data:
            raise ValidationError(say("Choose none, or let it be for %(what)s.", what=say(SCOPES[scope])))


class CouponView(OnSale, Imports, Trial):
    """Coupons. What changes here changes in the wallets of all who have it."""

    table, menu = Coupon, ("Coupons", MENU)
    form = CouponForm
    column_list = (
        "id",
        "name",
        "sale",
        "condition",
        "coupon_type",
        "get_type",
        "start_time",
        "end_time",
        "total",
        "per_user",
        "given",
        "withdrawn_at",
    )
    column_details_list = (*column_list, "name_en", "directions", "categories", "courses")
    column_labels: ClassVar[dict[str, str]] = {
        "coupon_type": "For",
        "get_type": "How users get it",
        "start_time": "From",
        "end_time": "Until",
        "given": "With users",
        "withdrawn_at": "Off sale since",
    }
    column_formatters: ClassVar[dict[str, Any]] = {
        "coupon_type": lambda view, context, coupon, name: say(SCOPES[Scope(coupon.coupon_type)]),
        "get_type": lambda view, context, coupon, name: say(GET_TYPES[GetType(coupon.get_type)]),
        "given": lambda view, context, coupon, name: view.given(coupon),
    } | {
        scope: lambda view, context, coupon, name: ", ".join(target.name for target in getattr(coupon, name))
        for scope in ("directions", "categories", "courses")
    }
    column_formatters_detail = column_formatters
    column_searchable_list = ("name",)
    delete_question = "Delete it, and take it away from everybody who has it?"

    def given(self, coupon: Coupon) -> int:
        """How many of it users have or had."""
        count = select(func.count()).select_from(UserCoupon).where(UserCoupon.coupon_id == coupon.id)
        return session().scalars(count).one()

    def change(self, form: BaseForm, model: Coupon) -> None:
        """Change it for all who have it."""
        previous_end = edit.lock(session(), model)
        form.populate_obj(model)
        edit.follow(session(), model, previous_end)

    def remove(self, model: Coupon) -> None:
        """Delete it, and take it away from all who have it. Raises Conflict when an order names it."""
        edit.delete_coupon(session(), model)
