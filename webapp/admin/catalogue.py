"""What the school offers."""

from decimal import Decimal
from typing import Any, ClassVar

from flask_admin.base import expose
from flask_admin.form import BaseForm
from sqlalchemy import Table
from wtforms import IntegerField, TextAreaField, ValidationError
from wtforms.validators import InputRequired, Length, NumberRange

from shared import catalogue, pictures
from shared.coupons import edit
from shared.models import Category, Course, Direction
from shared.models.coupons import coupon_categories, coupon_courses, coupon_directions
from webapp import concurrency
from webapp.admin.fields import AmountField, PictureField, RowField, english_field, name_field, text_field
from webapp.admin.imports import Imports
from webapp.admin.on_sale import OnSale
from webapp.admin.view import View
from webapp.admin.words import say
from webapp.current import session

MENU = "Catalogue"
COVER = (640, 400)
FORM_BYTES = 128 * 1024
"""What the other fields of a form with a picture may take."""


class Target(View):
    """What a coupon may be for, and what wallets therefore name; `scope` says which coupons are."""

    scope: ClassVar[Table]

    def change(self, form: BaseForm, model: Any) -> None:
        """Change it, and what the wallets say of it."""
        super().change(form, model)
        edit.renamed(session(), self.scope, model.id)

    def remove(self, model: Any) -> None:
        """Delete it. Raises Conflict when a coupon is for it."""
        edit.refuse_if_target(session(), self.scope, model.id)
        super().remove(model)


class DirectionForm(BaseForm):
    """A field of study."""

    name = name_field("Name", 100)
    name_en = english_field("Name in English", 100)


class DirectionView(Target):
    """Fields of study."""

    table, scope, menu = Direction, coupon_directions, ("Directions", MENU)
    form = DirectionForm
    column_list = column_details_list = ("id", "name", "name_en")
    column_searchable_list = ("name",)


class CategoryForm(BaseForm):
    """A subject."""

    name = name_field("Name", 100)
    name_en = english_field("Name in English", 100)
    direction = RowField("Direction", Direction)


class CategoryView(Target):
    """Subjects."""

    table, scope, menu = Category, coupon_categories, ("Categories", MENU)
    form = CategoryForm
    column_list = column_details_list = ("id", "name", "name_en", "direction.name")
    column_labels: ClassVar[dict[str, str]] = {"direction.name": "Direction"}
    column_select_related_list = (Category.direction,)
    column_searchable_list = ("name",)

    def change(self, form: BaseForm, model: Category) -> None:
        """Change it. Raises Conflict when its courses would be left behind in another direction."""
        if form.direction.data != model.direction_id:
            catalogue.refuse_if_it_has_courses(session(), model.id)
        super().change(form, model)


class CourseForm(BaseForm):
    """A course."""

    name = name_field("Name", 200)
    name_en = english_field("Name in English", 200)
    cover = text_field("Cover", 255, description="Where its picture is, such as /covers/1.svg")
    picture = PictureField(
        "New cover", COVER, description="A PNG, JPEG or WebP of at most 2 MiB, shown 640 pixels wide"
    )
    brief = TextAreaField("Brief", [Length(max=10_000)], filters=[lambda text: text or ""])
    teacher_name = text_field("Teacher", 100)
    teacher_brief = TextAreaField("About the teacher", [Length(max=10_000)], filters=[lambda text: text or ""])
    price = AmountField("Price", [InputRequired()])
    credit = IntegerField(
        "Credit",
        [InputRequired(), NumberRange(0, 10**9)],
        default=0,
        description="The most credits an order may use for it; 10 credits are 1.00",
    )
    direction = RowField("Direction", Direction)
    category = RowField("Category", Category)
    discount_type = text_field("Discount", 50, description="Its name, such as 限时折扣; empty for none")
    discount_type_en = english_field("Discount in English", 50)
    discount_price = AmountField("Discounted price")

    def validate_category(self, field: RowField) -> None:
        """A course is in a subject of its own field of study."""
        category = field.data and session().get(Category, field.data)
        if category and category.direction_id != self.direction.data:
            raise ValidationError(say("This category is in the direction “%(name)s”.", name=category.direction.name))

    def validate_discount_price(self, field: AmountField) -> None:
        """A discount has both a name and a price, and makes nothing dearer."""
        if (field.data is None) != (not self.discount_type.data):
            raise ValidationError("A discount needs both its name and its price.")
        price = self.price.data
        if isinstance(field.data, Decimal) and isinstance(price, Decimal) and field.data > price:
            raise ValidationError("Must not be above the course's price.")

    def populate_obj(self, obj: Any) -> None:
        """No name is none at all."""
        super().populate_obj(obj)
        obj.discount_type = obj.discount_type or None


class CourseView(OnSale, Imports, Target):
    """Courses."""

    table, scope, menu = Course, coupon_courses, ("Courses", MENU)
    form = CourseForm
    column_list = ("id", "name", "direction.name", "category.name", "price", "discount_price", "credit", "withdrawn_at")
    column_details_list = (
        *column_list,
        "name_en",
        "discount_type",
        "discount_type_en",
        "cover",
        "brief",
        "teacher_name",
        "teacher_brief",
    )
    column_labels: ClassVar[dict[str, str]] = {
        "direction.name": "Direction",
        "category.name": "Category",
        "discount_type": "Discount",
        "discount_price": "Discounted price",
        "withdrawn_at": "Off sale since",
        "name_en": "Name in English",
        "discount_type_en": "Discount in English",
        "teacher_name": "Teacher",
        "teacher_brief": "About the teacher",
    }
    column_select_related_list = (Course.direction, Course.category)
    column_searchable_list = ("name",)

    def change(self, form: BaseForm, model: Course) -> None:
        """Change it; a cover that nobody shows any more goes."""
        before = model.cover
        super().change(form, model)
        if before != model.cover:
            pictures.discard(session(), before)

    def remove(self, model: Course) -> None:
        """Delete it, and a cover that nobody else shows."""
        super().remove(model)
        pictures.discard(session(), model.cover)

    @expose("/new/", methods=("GET", "POST"))
    @concurrency.takes(pictures.LONGEST + FORM_BYTES)
    def create_view(self) -> Any:
        """Make a course, perhaps with a picture."""
        return super().create_view()

    @expose("/edit/", methods=("GET", "POST"))
    @concurrency.takes(pictures.LONGEST + FORM_BYTES)
    def edit_view(self) -> Any:
        """Change a course, perhaps its picture."""
        return super().edit_view()
