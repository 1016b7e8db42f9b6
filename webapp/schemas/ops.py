"""For the operator's page."""

import marshmallow as ma

from shared.order_status import OrderStatus
from shared.timeouts import TIMEOUTS
from webapp.fields import Moment
from webapp.paging import PageSchema
from webapp.schemas.orders import OrderCouponSchema

_COUNT = ma.fields.Integer(required=True)
OrderCountsSchema = ma.Schema.from_dict({state.name.lower(): _COUNT for state in OrderStatus}, name="OrderCountsSchema")
SweptCountsSchema = ma.Schema.from_dict({kind.name: _COUNT for kind in TIMEOUTS}, name="SweptCountsSchema")


class FiguresSchema(ma.Schema):
    """How it stands. What Redis alone knows is null while it is away; `subscriptions` is how many listeners hear."""

    orders = ma.fields.Nested(OrderCountsSchema, required=True)
    overdue = ma.fields.Integer(required=True)
    oldest_overdue_seconds = ma.fields.Float(required=True, allow_none=True)
    next_deadline = Moment(required=True, allow_none=True)
    timers_pending = ma.fields.Integer(required=True, allow_none=True)
    subscriptions = ma.fields.Integer(required=True, allow_none=True)
    quarantined = ma.fields.Integer(required=True)
    refunds_pending = ma.fields.Integer(required=True)
    wallets_pending = ma.fields.Integer(required=True)
    timed_out_last_hour = ma.fields.Integer(required=True)


class RecentTimeoutSchema(ma.Schema):
    """An order that timed out. `lateness` is the seconds from its deadline to its closing."""

    id = ma.fields.Integer(required=True, attribute="order.id")
    order_number = ma.fields.String(required=True, attribute="order.order_number")
    user_id = ma.fields.Integer(required=True, attribute="order.user_id")
    deadline = Moment(required=True, attribute="order.expires_at")
    closed_at = Moment(required=True)
    lateness = ma.fields.Float(required=True)
    credit = ma.fields.Integer(required=True, attribute="order.credit")
    coupon = ma.fields.Nested(OrderCouponSchema, required=True, attribute="order.coupon")


class RecentTimeoutPageSchema(PageSchema):
    """A page of orders that timed out."""

    results = ma.fields.List(ma.fields.Nested(RecentTimeoutSchema), required=True)


class SweptSchema(ma.Schema):
    """How many were timed out, by kind; `done` is false when time ran out first."""

    timed_out = ma.fields.Nested(SweptCountsSchema, required=True)
    done = ma.fields.Boolean(required=True)
