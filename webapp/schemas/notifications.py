"""What a user is told of."""

import marshmallow as ma

from shared.orders.notifications import WHATS
from webapp.fields import Moment
from webapp.paging import PageSchema


class NotificationSchema(ma.Schema):
    """Something that happened to an order of theirs, or credit or a coupon (by name) that came or, negative, went."""

    id = ma.fields.String(required=True)
    created_time = Moment(required=True, attribute="created_at")
    what = ma.fields.String(required=True, validate=ma.validate.OneOf(WHATS))
    read = ma.fields.Boolean(required=True)
    order_id = ma.fields.Integer(required=True, allow_none=True)
    order_number = ma.fields.String(required=True, allow_none=True)
    amount = ma.fields.String(required=True, allow_none=True)
    credit = ma.fields.Integer(required=True)
    coupon = ma.fields.String(required=True)
    note = ma.fields.String(required=True)


class NotificationPageSchema(PageSchema):
    """A page of them, and how many of all are not read."""

    unread = ma.fields.Integer(required=True)
    results = ma.fields.List(ma.fields.Nested(NotificationSchema), required=True)
