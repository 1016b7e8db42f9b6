"""The form of the fixture file (contract, section 6), each value checked by itself."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import marshmallow as ma

from shared.pricing import Discount
from webapp.fields import Flag, Text, WholeNumber

BIGGEST_ID = 2**53 - 1  # what every client's numbers can hold

SALES = {
    Discount.TAKE_OFF: (r"-[0-9]{1,8}(\.[0-9]{1,2})?", 'must look like "-30" where discount is 1'),
    Discount.RATE: (r"\*(0(\.[0-9]{1,4})?|1(\.0{1,4})?)", 'must look like "*0.85" where discount is 2'),
}


class Amount(ma.fields.Field[Decimal]):
    """Money as a string with at most two decimals, never negative."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Decimal:
        if not isinstance(value, str) or not re.fullmatch(r"[0-9]{1,8}(\.[0-9]{1,2})?", value):
            raise ma.ValidationError('Must be an amount such as "399.00", not negative.')
        return Decimal(value)


class Instant(ma.fields.Field[datetime]):
    """A moment in ISO 8601 with its offset."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        try:
            moment = datetime.fromisoformat(value)
            if moment.tzinfo is not None:
                return moment.astimezone(UTC)
        except (TypeError, ValueError, OverflowError):
            pass
        raise ma.ValidationError('Must be a time with an offset such as "2026-01-01T00:00:00Z".')


class IdList(ma.fields.List):
    """Ids, each at most once."""

    def __init__(self) -> None:
        super().__init__(Id(), load_default=list)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        ids = super()._deserialize(value, attr, data, **kwargs)
        return sorted(set(ids))


class Id(WholeNumber):
    """An id, as it will be in REST."""

    def __init__(self, **more: Any) -> None:
        super().__init__(min=1, max=BIGGEST_ID, **more)


class Count(WholeNumber):
    """A number of credits or pieces."""

    def __init__(self, **more: Any) -> None:
        super().__init__(min=0, max=10**9, load_default=0, **more)


class DirectionForm(ma.Schema):
    """A field of study."""

    id = Id(required=True)
    name = Text(min=1, max=100, required=True)
    name_en = Text(max=100, load_default="")


class CategoryForm(DirectionForm):
    """A subject."""

    direction = Id(required=True)


class CourseDiscountForm(ma.Schema):
    """A discount of the course's own."""

    type = Text(min=1, max=50, required=True)
    type_en = Text(max=50, load_default="")
    price = Amount(required=True)


class TeacherForm(ma.Schema):
    """Who teaches a course."""

    name = Text(min=1, max=100, required=True)
    brief = Text(max=10_000, load_default="")


class LessonForm(ma.Schema):
    """A lesson; its place in the list is its place in the course."""

    title = Text(min=1, max=200, required=True)
    minutes = Count()
    content = Text(max=100_000, load_default="")


class CourseForm(ma.Schema):
    """A course."""

    id = Id(required=True)
    name = Text(min=1, max=200, required=True)
    name_en = Text(max=200, load_default="")
    cover = Text(max=255, load_default="")
    brief = Text(max=10_000, load_default="")
    price = Amount(required=True)
    credit = Count()
    direction = Id(required=True)
    category = Id(required=True)
    discount = ma.fields.Nested(CourseDiscountForm, load_default=None, allow_none=True)
    teacher = ma.fields.Nested(TeacherForm, load_default=None, allow_none=True)
    lessons = ma.fields.List(ma.fields.Nested(LessonForm), load_default=list)

    @ma.validates_schema
    def check_discount(self, data: dict[str, Any], **kwargs: Any) -> None:
        """A discount makes nothing dearer."""
        if data["discount"] and data["discount"]["price"] > data["price"]:
            raise ma.ValidationError({"discount": {"price": ["Must not be above the course's price."]}})


class UserForm(ma.Schema):
    """A user."""

    username = Text(min=1, max=150, required=True)
    password = Text(min=1, max=128, required=True)
    credit = Count()
    is_staff = Flag(load_default=False)


class CouponForm(ma.Schema):
    """A coupon."""

    id = Id(required=True)
    name = Text(min=1, max=100, required=True)
    name_en = Text(max=100, load_default="")
    discount = WholeNumber(min=1, max=2, required=True)
    coupon_type = WholeNumber(min=0, max=3, required=True)
    get_type = WholeNumber(min=0, max=1, required=True)
    condition = Amount(load_default=Decimal(0))
    sale = Text(max=20, required=True)
    start_time = Instant(required=True)
    end_time = Instant(required=True)
    total = Count()
    directions = IdList()
    categories = IdList()
    courses = IdList()

    @ma.validates_schema
    def check_whole(self, data: dict[str, Any], **kwargs: Any) -> None:
        """What only two fields together can break."""
        pattern, problem = SALES[Discount(data["discount"])]
        if not re.fullmatch(pattern, data["sale"]):
            raise ma.ValidationError(problem, "sale")
        if data["start_time"] >= data["end_time"]:
            raise ma.ValidationError("Must be after start_time.", "end_time")


class UserCouponForm(ma.Schema):
    """A coupon in a user's hands; the same pair twice is two of them."""

    user = Text(min=1, max=150, required=True)
    coupon = Id(required=True)


class SchoolForm(ma.Schema):
    """The whole file."""

    directions = ma.fields.List(ma.fields.Nested(DirectionForm), load_default=list)
    categories = ma.fields.List(ma.fields.Nested(CategoryForm), load_default=list)
    courses = ma.fields.List(ma.fields.Nested(CourseForm), load_default=list)
    users = ma.fields.List(ma.fields.Nested(UserForm), load_default=list)
    coupons = ma.fields.List(ma.fields.Nested(CouponForm), load_default=list)
    user_coupons = ma.fields.List(ma.fields.Nested(UserCouponForm), load_default=list)
