"""What an account went through."""

import marshmallow as ma

from shared.accounts.ledger import EFFECTS
from webapp.fields import Moment, Money
from webapp.paging import PageSchema


class LedgerEntrySchema(ma.Schema):
    """Credit or a coupon taken by an order, given back by it, or credit granted by staff.

    `effect` says what that means now, `balance` how much credit there was after it.
    """

    id = ma.fields.Integer(required=True)
    created_time = Moment(required=True, attribute="created_at")
    kind = ma.fields.String(required=True, metadata={"enum": ["credit", "coupon"]})
    action = ma.fields.String(required=True, metadata={"enum": ["take", "give_back", "grant"]})
    amount = ma.fields.Integer(required=True)
    order_id = ma.fields.Integer(required=True, allow_none=True)
    order_number = ma.fields.String(required=True, allow_none=True)
    user_coupon_id = ma.fields.Integer(required=True, allow_none=True)
    note = ma.fields.String(required=True)
    effect = ma.fields.String(required=True, validate=ma.validate.OneOf(EFFECTS))
    balance = ma.fields.Integer(required=True)


class LedgerPageSchema(PageSchema):
    """A page of the ledger."""

    results = ma.fields.List(ma.fields.Nested(LedgerEntrySchema), required=True)


class OwnCourseSchema(ma.Schema):
    """A course of a paid order."""

    course_id = ma.fields.Integer(required=True)
    course_name = ma.fields.String(required=True)
    course_name_en = ma.fields.String(required=True)
    course_cover = ma.fields.String(required=True)
    order_id = ma.fields.Integer(required=True)
    order_number = ma.fields.String(required=True)
    pay_time = Moment(required=True, attribute="paid_at")
    reviewed = ma.fields.Boolean(required=True)
    lessons = ma.fields.Integer(required=True)
    lessons_done = ma.fields.Integer(required=True)


class OwnCoursePageSchema(PageSchema):
    """A page of bought courses."""

    results = ma.fields.List(ma.fields.Nested(OwnCourseSchema), required=True)


class BillSchema(ma.Schema):
    """Money paid or given back; a refund is `pending` until the provider has made it."""

    id = ma.fields.String(required=True)
    created_time = Moment(required=True, attribute="created_at")
    kind = ma.fields.String(required=True, metadata={"enum": ["payment", "refund"]})
    amount = Money(required=True)
    order_id = ma.fields.Integer(required=True)
    order_number = ma.fields.String(required=True)
    state = ma.fields.String(required=True, metadata={"enum": ["done", "pending"]})


class BillPageSchema(PageSchema):
    """A page of bills."""

    results = ma.fields.List(ma.fields.Nested(BillSchema), required=True)
