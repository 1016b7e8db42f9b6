"""An order's story in words."""

from collections.abc import Callable
from typing import Any

from shared.order_status import OrderStatus
from shared.orders.story import Row
from webapp.admin.words import say

LONG_AGO = "Timed out, nobody wrote down how"
TIMED_OUT = {
    "event": "Timed out on an event from Redis, %(late)s s after the deadline",
    "sweep": "Timed out by a sweep, %(late)s s after the deadline",
}
CHANGES = {
    (None, OrderStatus.UNPAID): "Placed, to be paid",
    (None, OrderStatus.PAID): "Placed, with nothing left to pay",
    (OrderStatus.UNPAID, OrderStatus.PAID): "Paid",
    (OrderStatus.UNPAID, OrderStatus.CANCELLED): "Cancelled by its user",
    (OrderStatus.TIMED_OUT, OrderStatus.UNPAID): "Recovered by its user",
    (OrderStatus.TIMED_OUT, OrderStatus.PAID): "Paid late, and honoured",
    (OrderStatus.CANCELLED, OrderStatus.PAID): "Paid late, and honoured",
    (OrderStatus.TIMED_OUT, OrderStatus.REFUNDED): "Paid late; the money goes back",
    (OrderStatus.CANCELLED, OrderStatus.REFUNDED): "Paid late; the money goes back",
    (OrderStatus.PAID, OrderStatus.REFUNDED): "Given up by its user for the money",
}
BY_STAFF = {OrderStatus.CANCELLED: "Cancelled by staff", OrderStatus.REFUNDED: "Refunded by staff"}
LEDGER = {
    ("held", "credit"): "%(amount)s credits held",
    ("held", "coupon"): "Coupon %(coupon)s held",
    ("given_back", "credit"): "%(amount)s credits given back",
    ("given_back", "coupon"): "Coupon %(coupon)s given back",
}
OUTCOMES = {"paid": "in time", "honoured": "late, and honoured", "refunded": "cannot be kept"}


def what(row: Row) -> str:
    """What happened."""
    return WORDS[row["kind"]](row)


def more(row: Row) -> str:
    """What is to be said beside that: a reason, and what went wrong."""
    told = [say(row.get("reason") or "")]
    if row.get("attempts"):
        told.append(say("%(count)s tries", count=row["attempts"]))
    return "; ".join(part for part in (*told, row.get("error")) if part)


def _status(row: Row) -> str:
    before, after = row["before"], OrderStatus(row["after"])
    if after is OrderStatus.TIMED_OUT:
        return say(TIMED_OUT[row["path"]], late=f"{row['late']:.3f}") if row["path"] else say(LONG_AGO)
    if row["by"] == "staff":
        return say(BY_STAFF[after])
    return say(CHANGES.get((before, after)) or after.words)


def _ledger(row: Row) -> str:
    return say(LEDGER[row["kind"], row["what"]], amount=row["amount"], coupon=row["user_coupon"])


def _payment(row: Row) -> str:
    said = say("Payment of %(amount)s, trade %(trade)s", amount=row["amount"], trade=row["trade_no"])
    return f"{said}: {say(OUTCOMES[row['outcome']])}"


def _refund(row: Row) -> str:
    words = {"refund_ordered": "Refund %(number)s of %(amount)s is due", "refund_done": "Refund %(number)s is done"}
    return say(words[row["kind"]], number=row["request_no"], amount=row["amount"])


def _audit(row: Row) -> str:
    return f"{row['actor']}: {say(row['action'].replace('_', ' '))}"


WORDS: dict[str, Callable[[dict[str, Any]], str]] = {
    "deadline": lambda row: say("The deadline"),
    "status": _status,
    "reminder": lambda row: say("The user was reminded"),
    "held": _ledger,
    "given_back": _ledger,
    "payment": _payment,
    "refund_ordered": _refund,
    "refund_done": _refund,
    "audit": _audit,
}
