"""Reviews."""

import marshmallow as ma

from webapp.fields import Body, Moment, Text, WholeNumber
from webapp.paging import PageSchema


class ReviewRequestSchema(Body):
    """Without `course_id` it is for each course of the order that the user has not reviewed yet."""

    rating = WholeNumber(min=1, max=5, required=True)
    content = Text(min=1, max=2000, required=True)
    course_id = WholeNumber(min=1)


class WrittenReviewSchema(ma.Schema):
    """What was written."""

    order_id = ma.fields.Integer(required=True)
    course_ids = ma.fields.List(ma.fields.Integer(), required=True)
    rating = ma.fields.Integer(required=True)
    content = ma.fields.String(required=True)


class ReviewSchema(ma.Schema):
    """A review as everybody sees it; `nickname` is empty where the buyer has none."""

    nickname = ma.fields.String(required=True)
    rating = ma.fields.Integer(required=True)
    content = ma.fields.String(required=True)
    created_time = Moment(required=True, attribute="created_at")


class ReviewPageSchema(PageSchema):
    """A page of reviews."""

    results = ma.fields.List(ma.fields.Nested(ReviewSchema), required=True)
