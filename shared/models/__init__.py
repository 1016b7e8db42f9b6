"""The tables, on a plain SQLAlchemy base. Constraints make wrong states impossible."""

from shared.models.accounts import CartItem, Login, SecondFactor, User
from shared.models.audit import AuditEntry
from shared.models.base import Base
from shared.models.catalogue import Category, Course, Direction
from shared.models.coupons import Coupon, UserCoupon
from shared.models.ledger import LedgerEntry, OrderEvent, QuarantinedTimeout, WalletOutbox
from shared.models.lessons import Lesson, LessonDone
from shared.models.notifications import NotificationMark
from shared.models.orders import Order, OrderCourse, order_number_sequence
from shared.models.payments import (
    Payment,
    PaymentIntent,
    PaymentProvider,
    Refund,
    SandboxKey,
    SandboxRefund,
    SandboxTrade,
)
from shared.models.pictures import Picture
from shared.models.reconciliation import DIFFERENCES, BilledMoney, PaymentDifference, Reconciliation
from shared.models.shopping import CreditGrant, IdempotencyKey, Review

__all__ = [
    "AuditEntry",
    "DIFFERENCES",
    "Base",
    "BilledMoney",
    "CartItem",
    "Category",
    "Coupon",
    "Course",
    "Direction",
    "CreditGrant",
    "IdempotencyKey",
    "LedgerEntry",
    "Lesson",
    "LessonDone",
    "Login",
    "NotificationMark",
    "Order",
    "OrderCourse",
    "OrderEvent",
    "Payment",
    "PaymentDifference",
    "PaymentIntent",
    "PaymentProvider",
    "Picture",
    "QuarantinedTimeout",
    "Reconciliation",
    "Refund",
    "Review",
    "SandboxKey",
    "SandboxRefund",
    "SandboxTrade",
    "SecondFactor",
    "User",
    "UserCoupon",
    "WalletOutbox",
    "order_number_sequence",
]
