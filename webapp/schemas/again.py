"""Buying once more what an order was for."""

import marshmallow as ma

from shared.orders.again import REASONS


class LeftOutSchema(ma.Schema):
    """A course that was not put into the cart."""

    course_id = ma.fields.Integer(required=True)
    course_name = ma.fields.String(required=True)
    reason = ma.fields.String(required=True, validate=ma.validate.OneOf(REASONS))


class AgainSchema(ma.Schema):
    """The courses that are selected in the cart now, and those of the order that could not be put there."""

    course_ids = ma.fields.List(ma.fields.Integer(), required=True)
    left_out = ma.fields.List(ma.fields.Nested(LeftOutSchema), required=True)
