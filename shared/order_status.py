"""The five states of an order (contract, section 2)."""

from enum import IntEnum


class OrderStatus(IntEnum):
    """What an order is; the value is what clients see as `order_status`."""

    UNPAID = 0
    PAID = 1
    CANCELLED = 2
    TIMED_OUT = 3
    REFUNDED = 4

    @property
    def label(self) -> str:
        """The name shown to the shop's users."""
        return _LABELS[self]

    @property
    def words(self) -> str:
        """The name in a sentence: `timed out`."""
        return self.name.lower().replace("_", " ")

    @property
    def is_live(self) -> bool:
        """Whether an order in this state holds its credit and its coupon."""
        return self in LIVE


_LABELS = {
    OrderStatus.UNPAID: "未支付",
    OrderStatus.PAID: "已支付",
    OrderStatus.CANCELLED: "已取消",
    OrderStatus.TIMED_OUT: "超时取消",
    OrderStatus.REFUNDED: "已退款",
}

LIVE = frozenset({OrderStatus.UNPAID, OrderStatus.PAID})
FINISHED = frozenset({OrderStatus.CANCELLED, OrderStatus.TIMED_OUT, OrderStatus.REFUNDED})
