"""The shop's Redis keys: each builder and, where one is needed, its parser. The engine's own are in `lapse.keys`."""

from lapse.keys import Id, Keys, parse_id, parse_number

PREFIX = "lapse"
ENGINE = Keys(PREFIX)
COUPON_KIND = "coupon"
"""The kind of timeout whose keys are the wallet's entries."""

ORDER_TIMER_PREFIX = "order:timeout:"
"""Timer of an unpaid order; its `expired` event is what the listener acts on."""

REMINDER_PREFIX = "order:reminder:"
"""Timer of the reminder that an unpaid order is given five minutes before its deadline."""

COUPON_PREFIX = "coupon:"
EVENTS_CHANNEL = "lapse:events"
"""Pub/sub channel that wakes the event streams; the payload is users' ids, with commas between."""


def order_timer(order_id: Id) -> str:
    """`order:timeout:42` for order 42."""
    return f"{ORDER_TIMER_PREFIX}{order_id}"


def parse_order_timer(key: bytes) -> Id | None:
    """The order's id in a timer's key, or None for any other key."""
    return parse_id(ORDER_TIMER_PREFIX.encode(), key)


def reminder(order_id: Id) -> str:
    """`order:reminder:42` for order 42."""
    return f"{REMINDER_PREFIX}{order_id}"


def parse_reminder(key: bytes) -> Id | None:
    """The order's id in a reminder's key, or None for any other key."""
    return parse_id(REMINDER_PREFIX.encode(), key)


def cart(user_id: int) -> str:
    """`cart_7` for user 7: hash, course id → `1` selected, `0` not."""
    return f"cart_{user_id}"


def coupon(user_id: int, user_coupon_id: int) -> str:
    """`coupon:7:12` for user coupon 12 of user 7: hash with the wallet's fields."""
    return f"{COUPON_PREFIX}{user_id}:{user_coupon_id}"


def parse_coupon(key: bytes) -> Id | None:
    """The user coupon's id in a wallet entry's key, or None for any other key."""
    owner, _, user_coupon = key.rpartition(b":")
    return None if parse_id(COUPON_PREFIX.encode(), owner) is None else parse_number(user_coupon)


def limit(counter: str) -> str:
    """How often something was done within a window that began with the first time; gone when the window ends."""
    return f"lapse:limit:{counter}"
