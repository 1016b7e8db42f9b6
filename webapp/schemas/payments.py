"""Payments."""

import marshmallow as ma

from webapp.fields import Moment, Money


class ProviderSchema(ma.Schema):
    """Who takes the money."""

    name = ma.fields.String(required=True, metadata={"enum": ["sandbox", "alipay"]})


class PayLinkSchema(ma.Schema):
    """Where a browser pays."""

    link = ma.fields.String(required=True)


class PaymentResultSchema(ma.Schema):
    """How an order stands after its user was sent to pay."""

    order_number = ma.fields.String(required=True)
    order_status = ma.fields.Integer(required=True, attribute="status")
    real_price = Money(required=True)
    pay_time = Moment(required=True, allow_none=True, attribute="paid_at")
