"""The catalogue."""

import marshmallow as ma

from webapp.fields import Money, QueryNumber, Text
from webapp.paging import PageQuery, PageSchema
from webapp.schemas.reviews import ReviewSchema


class DirectionSchema(ma.Schema):
    """A field of study."""

    id = ma.fields.Integer(required=True)
    name = ma.fields.String(required=True)


class CategorySchema(DirectionSchema):
    """A subject; `direction` is the id of its field of study."""

    direction = ma.fields.Integer(required=True, attribute="direction_id")


class CourseDiscountSchema(ma.Schema):
    """A discount of the course's own; `{}` when it has none."""

    type = ma.fields.String()
    price = Money()


class CourseSchema(ma.Schema):
    """A course. `credit` is the most credits an order may use for it; `owned` is of whoever's token came along."""

    id = ma.fields.Integer(required=True)
    name = ma.fields.String(required=True)
    cover = ma.fields.String(required=True)
    brief = ma.fields.String(required=True)
    price = Money(required=True)
    credit = ma.fields.Integer(required=True)
    direction = ma.fields.Integer(required=True, attribute="direction_id")
    category = ma.fields.Integer(required=True, attribute="category_id")
    direction_name = ma.fields.String(required=True, attribute="direction.name")
    category_name = ma.fields.String(required=True, attribute="category.name")
    discount = ma.fields.Nested(CourseDiscountSchema, required=True, attribute="own_discount")
    owned = ma.fields.Boolean(required=True)
    on_sale = ma.fields.Boolean(required=True, metadata={"description": "Whether it can be ordered."})


class CourseDetailSchema(CourseSchema):
    """A course with what its buyers think of it: the mean of all ratings, how many, and the newest reviews."""

    rating = ma.fields.String(required=True, allow_none=True, metadata={"example": "4.5"})
    review_count = ma.fields.Integer(required=True)
    reviews = ma.fields.List(ma.fields.Nested(ReviewSchema), required=True)


class CoursePageSchema(PageSchema):
    """A page of courses."""

    results = ma.fields.List(ma.fields.Nested(CourseSchema), required=True)


class CourseQuery(PageQuery):
    """Which courses."""

    direction = QueryNumber(min=0)
    category = QueryNumber(min=0)
    search = Text(max=200, load_default="", metadata={"description": "A part of the name."})
