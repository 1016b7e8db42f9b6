"""Coupons, and who has them."""

import marshmallow as ma

from shared.coupons.disabled import Reason
from shared.coupons.use import CouponState
from webapp.fields import Money


class NamedSchema(ma.Schema):
    """What a coupon is for."""

    id = ma.fields.Integer(required=True)
    name = ma.fields.String(required=True)
    name_en = ma.fields.String(required=True)


class CouponSchema(ma.Schema):
    """A coupon as the school issues it."""

    coupon_id = ma.fields.Integer(required=True)
    name = ma.fields.String(required=True)
    name_en = ma.fields.String(required=True)
    discount = ma.fields.Integer(required=True)
    get_discount_display = ma.fields.String(required=True)
    coupon_type = ma.fields.Integer(required=True)
    get_coupon_type_display = ma.fields.String(required=True)
    start_time = ma.fields.String(required=True, metadata={"format": "date-time"})
    end_time = ma.fields.String(required=True, metadata={"format": "date-time"})
    get_type = ma.fields.Integer(required=True)
    get_get_type_display = ma.fields.String(required=True)
    condition = ma.fields.String(required=True)
    sale = ma.fields.String(required=True)
    to_direction = ma.fields.List(ma.fields.Nested(NamedSchema), required=True)
    to_category = ma.fields.List(ma.fields.Nested(NamedSchema), required=True)
    to_course = ma.fields.List(ma.fields.Nested(NamedSchema), required=True)


class WalletEntrySchema(CouponSchema):
    """A coupon in the user's hands."""

    user_coupon_id = ma.fields.Integer(required=True)


class EnabledCoursesField(ma.fields.Raw):
    """`"__all__"`, or the ids of courses."""

    def __init__(self) -> None:
        ids = {"type": "array", "items": {"type": "integer"}}
        super().__init__(required=True, metadata={"oneOf": [{"type": "string", "enum": ["__all__"]}, ids]})


class EnabledCouponSchema(WalletEntrySchema):
    """A coupon that an order of the selected courses may use: for which of them, and what it saves."""

    enable_course = EnabledCoursesField()
    saves = Money(required=True)


class DisabledCouponSchema(WalletEntrySchema):
    """A coupon that an order of the selected courses cannot use.

    The reason is `held` by the order of that `order_number`, `not_started`, for `other_courses`, that all its courses
    are `discounted` already, or `below_condition`, to which the amount `missing` is missing.
    """

    reason = ma.fields.String(required=True, metadata={"enum": [reason.value for reason in Reason]})
    missing = Money(required=True, allow_none=True)
    order_number = ma.fields.String(required=True, allow_none=True)


class OwnCouponSchema(WalletEntrySchema):
    """A coupon that the user has or had; `order_number` is that of the order that holds or used it."""

    state = ma.fields.String(required=True, metadata={"enum": [state.value for state in CouponState]})
    order_number = ma.fields.String(required=True, allow_none=True)


class AvailableCouponSchema(CouponSchema):
    """A coupon to take: how many are left, and whether the user has taken all that they may."""

    left = ma.fields.Integer(required=True)
    claimed = ma.fields.Boolean(required=True)
