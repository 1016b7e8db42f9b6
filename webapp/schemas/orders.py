"""Orders; the wire format is one that existing clients speak."""

import marshmallow as ma

from shared.orders.checkout import NO_COUPON
from webapp.fields import Amount, Body, Moment, Money, QueryNumber, Text, WholeNumber
from webapp.paging import PageQuery, PageSchema

ALL_STATES = -1


class OrderRequestSchema(Body):
    """How to pay, and what is to lower the price of the selected courses."""

    pay_type = WholeNumber(required=True)
    user_coupon_id = WholeNumber(load_default=NO_COUPON, metadata={"description": "-1: none"})
    credit = WholeNumber(min=0, load_default=0)
    real_price = Amount(metadata={"description": "What was shown; another price is refused"})


class IdempotencySchema(ma.Schema):
    """A key that the client makes up for one request, to send it again within a day without doing it twice."""

    key = Text(min=1, max=255, data_key="Idempotency-Key")


class QuoteRequestSchema(Body):
    """What is to lower the price."""

    user_coupon_id = WholeNumber(load_default=NO_COUPON, metadata={"description": "-1: none"})
    credit = WholeNumber(min=0, load_default=0)


class QuoteSchema(ma.Schema):
    """The price, the credits it takes of the `credit_allowed`, and whether it takes the coupon."""

    total_price = Money(required=True)
    real_price = Money(required=True)
    credit = ma.fields.Integer(required=True)
    credit_allowed = ma.fields.Integer(required=True)
    balance = ma.fields.Integer(required=True)
    takes_coupon = ma.fields.Boolean(required=True)


class PlacedOrderSchema(ma.Schema):
    """The order that was placed; `order_timeout` is how many seconds it lives unpaid."""

    id = ma.fields.Integer(required=True)
    order_number = ma.fields.String(required=True)
    order_timeout = ma.fields.Integer(required=True)


class OrderLineSchema(ma.Schema):
    """A course as it was when it was ordered."""

    id = ma.fields.Integer(required=True)
    price = Money(required=True)
    real_price = Money(required=True)
    discount_name = ma.fields.String(required=True)
    course_id = ma.fields.Integer(required=True)
    course_name = ma.fields.String(required=True)
    course_name_en = ma.fields.String(required=True)
    course_cover = ma.fields.String(required=True)
    reviewed = ma.fields.Boolean(required=True)


class OrderCouponSchema(ma.Schema):
    """The coupon as it was when it was used; `{}` when none was."""

    id = ma.fields.Integer()
    name = ma.fields.String()
    name_en = ma.fields.String()
    sale = ma.fields.String()
    discount = ma.fields.Integer()
    condition = ma.fields.String()


class OrderSchema(ma.Schema):
    """An order. `expires_in` is how many seconds it has left, 0 when it is not unpaid."""

    id = ma.fields.Integer(required=True)
    order_number = ma.fields.String(required=True)
    total_price = Money(required=True)
    real_price = Money(required=True)
    pay_time = Moment(required=True, allow_none=True, attribute="paid_at")
    created_time = Moment(required=True, attribute="created_at")
    expires_at = Moment(required=True)
    expires_in = ma.fields.Integer(required=True, attribute="seconds_left")
    credit = ma.fields.Integer(required=True)
    coupon = ma.fields.Nested(OrderCouponSchema, required=True)
    pay_type = ma.fields.Integer(required=True)
    order_status = ma.fields.Integer(required=True, attribute="status")
    order_courses = ma.fields.List(ma.fields.Nested(OrderLineSchema), required=True, attribute="lines")


class OrderPageSchema(PageSchema):
    """A page of orders."""

    results = ma.fields.List(ma.fields.Nested(OrderSchema), required=True)


class OrderSearch(ma.Schema):
    """Which of the user's orders: by the beginning or the end of their number, or by the names of their courses."""

    search = Text(max=100, load_default="")


class OrderQuery(PageQuery, OrderSearch):
    """Which of the user's orders; status -1 is all."""

    status = QueryNumber(min=ALL_STATES, max=4, load_default=ALL_STATES)
    number = Text(max=64, load_default="", metadata={"description": "The order of this number alone."})
