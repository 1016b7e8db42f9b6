"""The catalogue."""

import marshmallow as ma
from marshmallow.validate import OneOf

from shared.courses import MOST_WORDS, SORTS
from webapp.fields import Money, QueryNumber, Text
from webapp.paging import PageQuery, PageSchema
from webapp.schemas.reviews import ReviewSchema


class DirectionSchema(ma.Schema):
    """A field of study; `name_en` is empty where it has no name in English, as everywhere."""

    id = ma.fields.Integer(required=True)
    name = ma.fields.String(required=True)
    name_en = ma.fields.String(required=True)


class CategorySchema(DirectionSchema):
    """A subject; `direction` is the id of its field of study."""

    direction = ma.fields.Integer(required=True, attribute="direction_id")


class CourseDiscountSchema(ma.Schema):
    """A discount of the course's own; `{}` when it has none."""

    type = ma.fields.String()
    type_en = ma.fields.String()
    price = Money()


class CourseSchema(ma.Schema):
    """A course. `credit` is the most credits an order may use for it; `owned` is of whoever's token came along.

    `rating` is the mean of all its ratings.
    """

    id = ma.fields.Integer(required=True)
    name = ma.fields.String(required=True)
    name_en = ma.fields.String(required=True)
    cover = ma.fields.String(required=True)
    brief = ma.fields.String(required=True)
    price = Money(required=True)
    credit = ma.fields.Integer(required=True)
    direction = ma.fields.Integer(required=True, attribute="direction_id")
    category = ma.fields.Integer(required=True, attribute="category_id")
    direction_name = ma.fields.String(required=True, attribute="direction.name")
    category_name = ma.fields.String(required=True, attribute="category.name")
    direction_name_en = ma.fields.String(required=True, attribute="direction.name_en")
    category_name_en = ma.fields.String(required=True, attribute="category.name_en")
    discount = ma.fields.Nested(CourseDiscountSchema, required=True, attribute="own_discount")
    owned = ma.fields.Boolean(required=True)
    on_sale = ma.fields.Boolean(required=True, metadata={"description": "Whether it can be ordered."})
    rating = ma.fields.String(required=True, allow_none=True, metadata={"example": "4.5"})
    review_count = ma.fields.Integer(required=True)


class TeacherSchema(ma.Schema):
    """Who teaches a course; `{}` when nobody is named."""

    name = ma.fields.String()
    brief = ma.fields.String()


class OutlineSchema(ma.Schema):
    """A lesson as everybody sees it, and whether whoever asks is done with it."""

    id = ma.fields.Integer(required=True)
    title = ma.fields.String(required=True)
    minutes = ma.fields.Integer(required=True)
    done = ma.fields.Boolean(required=True)


class LessonSchema(ma.Schema):
    """A lesson as those see it who own the course."""

    id = ma.fields.Integer(required=True)
    title = ma.fields.String(required=True)
    minutes = ma.fields.Integer(required=True)
    content = ma.fields.String(required=True)


class CourseDetailSchema(CourseSchema):
    """A course with who teaches it, its lessons in their order, and the newest of its reviews."""

    teacher = ma.fields.Nested(TeacherSchema, required=True)
    lessons = ma.fields.List(ma.fields.Nested(OutlineSchema), required=True)
    reviews = ma.fields.List(ma.fields.Nested(ReviewSchema), required=True)


class CoursePageSchema(PageSchema):
    """A page of courses."""

    results = ma.fields.List(ma.fields.Nested(CourseSchema), required=True)


WORDS = f"At most {MOST_WORDS} words, each in the name, the brief, the category or the direction."


class CourseQuery(PageQuery):
    """Which courses."""

    direction = QueryNumber(min=0)
    category = QueryNumber(min=0)
    search = Text(max=200, load_default="", metadata={"description": WORDS})
    sort = ma.fields.String(load_default="", validate=OneOf(list(SORTS)))
