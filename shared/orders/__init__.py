"""The verbs that change an order. Each is one guarded write; the transaction belongs to the caller."""

from shared.orders.again import again
from shared.orders.by_staff import cancel_for_user, refund_for_user
from shared.orders.close import cancel, expire_now, refund, time_out
from shared.orders.hide import hide
from shared.orders.pay import Receipt, Settled, settle
from shared.orders.place import ALIPAY, OrderRequest, offer, place
from shared.orders.recover import recover
from shared.orders.remind import remind
from shared.orders.review import review

__all__ = [
    "ALIPAY",
    "OrderRequest",
    "Receipt",
    "Settled",
    "again",
    "cancel",
    "cancel_for_user",
    "expire_now",
    "hide",
    "offer",
    "place",
    "recover",
    "refund",
    "refund_for_user",
    "remind",
    "review",
    "settle",
    "time_out",
]
