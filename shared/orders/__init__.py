"""The verbs that change an order. Each is one guarded write; the transaction belongs to the caller."""

from shared.orders.close import cancel, expire_now, time_out
from shared.orders.hide import hide
from shared.orders.place import OrderRequest, place

__all__ = ["OrderRequest", "cancel", "expire_now", "hide", "place", "time_out"]
