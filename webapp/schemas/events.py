"""Where an event stream begins: after the last `id` that its client has received, or now."""

import marshmallow as ma

from shared.order_status import OrderStatus
from webapp.fields import QueryNumber

ORDER_KINDS = ("status", "reminder", "payment", "refund")


class StreamQuery(ma.Schema):
    """For clients that cannot send the header `Last-Event-ID`, which comes first."""

    last_event_id = QueryNumber(min=0)


class StreamHeaders(ma.Schema):
    """What browsers send when they come back. Whatever no event has for an id is ignored."""

    last_event_id = ma.fields.String(
        data_key="Last-Event-ID", load_default="", metadata={"description": "All that came after it is sent first."}
    )


class EventCouponSchema(ma.Schema):
    """The coupon of the order; `{}` when it has none."""

    id = ma.fields.Integer()
    name = ma.fields.String()


class OrderEventSchema(ma.Schema):
    """The data of an `event: order`. `id` is the order's, `at` when it happened."""

    id = ma.fields.Integer(required=True)
    order_number = ma.fields.String(required=True)
    order_status = ma.fields.Integer(required=True, validate=ma.validate.OneOf([int(each) for each in OrderStatus]))
    kind = ma.fields.String(required=True, validate=ma.validate.OneOf(ORDER_KINDS))
    credit = ma.fields.Integer(required=True)
    coupon = ma.fields.Nested(EventCouponSchema, required=True)
    expires_at = ma.fields.DateTime(required=True)
    at = ma.fields.DateTime(required=True)


class AccountEventSchema(ma.Schema):
    """The data of an `event: account`."""

    credit = ma.fields.Integer(required=True)


STREAMED = {"OrderEvent": OrderEventSchema, "AccountEvent": AccountEventSchema}
"""What streams carry, which no answer of the API's mentions."""
