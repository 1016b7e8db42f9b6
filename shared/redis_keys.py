"""Every Redis key of Lapse: its builder and, where one is needed, its parser (contract, section 5)."""

ORDER_TIMER_PREFIX = "order:timeout:"
"""Timer of an unpaid order; its `expired` event is what the listener acts on."""

REMINDER_PREFIX = "order:reminder:"
"""Timer of the reminder that an unpaid order is given five minutes before its deadline."""

COUPON_PREFIX = "coupon:"
CANARY_PREFIX = "lapse:canary:"
EVENTS_CHANNEL = "lapse:events"
"""Pub/sub channel that wakes the event streams; the payload is a user's id."""


def order_timer(order_id: int) -> str:
    """`order:timeout:42` for order 42."""
    return f"{ORDER_TIMER_PREFIX}{order_id}"


def parse_order_timer(key: bytes) -> int | None:
    """The order's id in a timer's key, or None for any other key."""
    return _number_after(ORDER_TIMER_PREFIX.encode(), key)


def reminder(order_id: int) -> str:
    """`order:reminder:42` for order 42."""
    return f"{REMINDER_PREFIX}{order_id}"


def parse_reminder(key: bytes) -> int | None:
    """The order's id in a reminder's key, or None for any other key."""
    return _number_after(REMINDER_PREFIX.encode(), key)


def deadlines(kind: str, tag: str = "") -> str:
    """Sorted set of one kind's keys by their deadlines: milliseconds since 1970, by the database's clock.

    In a cluster there are several, told apart and placed by a hash tag; see `shared.shards`.
    """
    return f"lapse:deadlines:{kind}:{{{tag}}}" if tag else f"lapse:deadlines:{kind}"


def armed(tag: str = "") -> str:
    """There while Redis holds what it was given; absent after it was emptied."""
    return f"lapse:armed:{{{tag}}}" if tag else "lapse:armed"


def expired_channel(database: int) -> str:
    """The channel on which Redis announces the expired keys of a logical database."""
    return f"__keyevent@{database}__:expired"


def cart(user_id: int) -> str:
    """`cart_7` for user 7: hash, course id → `1` selected, `0` not."""
    return f"cart_{user_id}"


def coupon(user_id: int, user_coupon_id: int) -> str:
    """`coupon:7:12` for user coupon 12 of user 7: hash with the wallet's fields."""
    return f"{COUPON_PREFIX}{user_id}:{user_coupon_id}"


def parse_coupon(key: bytes) -> int | None:
    """The user coupon's id in a wallet entry's key, or None for any other key."""
    owner, _, user_coupon = key.rpartition(b":")
    if _number_after(COUPON_PREFIX.encode(), owner) is None:
        return None
    return _number_after(b"", user_coupon)


def canary(listener: str, tag: str) -> str:
    """The self-expiring probe of one listener on the primary that the hash tag leads to."""
    return f"{CANARY_PREFIX}{{{tag}}}:{listener}" if tag else f"{CANARY_PREFIX}{listener}"


def limit(counter: str) -> str:
    """How often something was done within a window that began with the first time; gone when the window ends."""
    return f"lapse:limit:{counter}"


def _number_after(prefix: bytes, key: bytes) -> int | None:
    digits = key.removeprefix(prefix)
    if not key.startswith(prefix) or not digits.isdigit() or len(digits) > 18:
        return None
    return int(digits)
