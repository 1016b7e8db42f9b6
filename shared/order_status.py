"""The five states of an order (contract, section 2), and every way from one to another."""

from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar


class OrderStatus(IntEnum):
    """What an order is; the value is what clients see as `order_status`."""

    UNPAID = 0
    PAID = 1
    CANCELLED = 2
    TIMED_OUT = 3
    REFUNDED = 4

    TRANSITIONS: ClassVar[tuple["Transition", ...]]
    """Every change there is; docs/states.md is drawn from it."""

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


@dataclass(frozen=True, slots=True)
class Transition:
    """A change from `before` (None: there was no order) to `after`, made by `verb` of `shared.orders` for `who`."""

    before: OrderStatus | None
    after: OrderStatus
    verb: str
    who: str
    words: str

    @property
    def gives_back(self) -> bool:
        """Whether an order stops being live by it, so that what it held goes back."""
        return self.before is not None and self.before.is_live and not self.after.is_live


_LABELS = {
    OrderStatus.UNPAID: "未支付",
    OrderStatus.PAID: "已支付",
    OrderStatus.CANCELLED: "已取消",
    OrderStatus.TIMED_OUT: "超时取消",
    OrderStatus.REFUNDED: "已退款",
}

LIVE = (OrderStatus.UNPAID, OrderStatus.PAID)
"""An order in one of these holds its credit and its coupon."""

OrderStatus.TRANSITIONS = (
    Transition(None, OrderStatus.UNPAID, "place", "user", "orders what is selected in the cart"),
    Transition(None, OrderStatus.PAID, "place", "user", "orders, and nothing is left to pay"),
    Transition(OrderStatus.UNPAID, OrderStatus.PAID, "settle", "payment provider", "tells of money in time"),
    Transition(OrderStatus.UNPAID, OrderStatus.CANCELLED, "cancel", "user or staff", "it is no longer wanted"),
    Transition(OrderStatus.UNPAID, OrderStatus.TIMED_OUT, "time_out", "listener", "its deadline is over"),
    Transition(OrderStatus.TIMED_OUT, OrderStatus.UNPAID, "recover", "user", "wants it after all"),
    Transition(OrderStatus.TIMED_OUT, OrderStatus.PAID, "settle", "payment provider", "tells of late money: honoured"),
    Transition(OrderStatus.CANCELLED, OrderStatus.PAID, "settle", "payment provider", "tells of late money: honoured"),
    Transition(
        OrderStatus.TIMED_OUT, OrderStatus.REFUNDED, "settle", "payment provider", "tells of late money: cannot be kept"
    ),
    Transition(
        OrderStatus.CANCELLED, OrderStatus.REFUNDED, "settle", "payment provider", "tells of late money: cannot be kept"
    ),
    Transition(OrderStatus.PAID, OrderStatus.REFUNDED, "refund", "user or staff", "it is given up for the money"),
)


def is_allowed(before: int | None, after: int) -> bool:
    """Whether an order may go from one state to the other, by whichever verb."""
    return any((each.before, each.after) == (before, after) for each in OrderStatus.TRANSITIONS)


def transition_by(verb: str) -> Transition:
    """The transition of a verb that makes but one. Raises ValueError for any other."""
    [only] = (each for each in OrderStatus.TRANSITIONS if each.verb == verb)
    return only


RECOVER_WITHIN = 86400
"""Seconds after its end in which an order may become live again, unless the operator chose others."""

MOST_RECOVERIES = 3
