"""What happened to an order."""

import marshmallow as ma

from shared.order_status import OrderStatus
from shared.orders.history import Happening
from webapp.fields import Moment


class HoldingSchema(ma.Schema):
    """Credit and the name of a coupon; 0 and an empty name are none."""

    credit = ma.fields.Integer(required=True)
    coupon = ma.fields.String(required=True)


class HappenedSchema(ma.Schema):
    """What happened, and what the order then took or gave back; `amount` and `trade_no` are of money that moved."""

    at = Moment(required=True, attribute="event.created_at")
    what = ma.fields.String(required=True, validate=ma.validate.OneOf([each.value for each in Happening]))
    order_status = ma.fields.Integer(
        required=True, attribute="event.status", validate=ma.validate.OneOf([int(each) for each in OrderStatus])
    )
    by_staff = ma.fields.Boolean(required=True)
    held = ma.fields.Nested(HoldingSchema, required=True)
    given_back = ma.fields.Nested(HoldingSchema, required=True)
    amount = ma.fields.String(required=True, allow_none=True)
    trade_no = ma.fields.String(required=True, allow_none=True)
