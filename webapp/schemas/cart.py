"""The cart."""

import marshmallow as ma

from webapp.fields import Body, Flag, Money, WholeNumber
from webapp.schemas.courses import CourseDiscountSchema


class CartAdditionSchema(Body):
    """A course for the cart."""

    course_id = WholeNumber(min=1, required=True)


class CartSelectionSchema(Body):
    """Whether it is to be ordered."""

    selected = Flag(required=True)


class CartItemSchema(ma.Schema):
    """A course in the cart; one that is `owned` or not `on_sale` cannot be ordered."""

    course_id = ma.fields.Integer(required=True)
    name = ma.fields.String(required=True)
    name_en = ma.fields.String(required=True)
    cover = ma.fields.String(required=True)
    price = Money(required=True)
    discount = ma.fields.Nested(CourseDiscountSchema, required=True)
    selected = ma.fields.Boolean(required=True)
    owned = ma.fields.Boolean(required=True)
    on_sale = ma.fields.Boolean(required=True)


class CartSchema(ma.Schema):
    """The cart. `total_price` sums the list prices of what is selected and on sale, `real_price` what it costs."""

    items = ma.fields.List(ma.fields.Nested(CartItemSchema), required=True)
    total_price = Money(required=True)
    real_price = Money(required=True)
