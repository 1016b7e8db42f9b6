"""An order's history as its user reads it: each change, and what of credit and coupon it held or gave back."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.models import LedgerEntry, Order, OrderEvent
from shared.order_status import OrderStatus
from shared.orders.money import HONOURED, REFUNDED


class Happening(StrEnum):
    """What an event of an order means to its user."""

    PLACED = "placed"
    PLACED_FREE = "placed_free"
    RECOVERED = "recovered"
    REMINDED = "reminded"
    PAID = "paid"
    PAID_LATE = "paid_late"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed_out"
    REFUNDED = "refunded"
    PAYMENT_RETURNED = "payment_returned"
    MONEY_BACK = "money_back"


@dataclass(frozen=True)
class Holding:
    """Credit and a coupon, by name, that the ledger says were taken or given back."""

    credit: int = 0
    coupon: str = ""


NOTHING = Holding()


@dataclass(frozen=True)
class Happened:
    """An event, what it means, and what the order took or gave back with it."""

    event: OrderEvent
    what: Happening
    held: Holding
    given_back: Holding

    @property
    def by_staff(self) -> bool:
        """Whether staff did it, and not the user or the clock."""
        return self.event.data.get("by") == "staff"

    @property
    def amount(self) -> str | None:
        """The money that came in or went back, with two decimals."""
        return self.event.data.get("amount")

    @property
    def trade_no(self) -> str | None:
        """The provider's number of the payment that it was."""
        return self.event.data.get("trade_no")


def history_of(session: Session, order: Order) -> list[Happened]:
    """What happened to the order, the oldest first."""
    events = select(OrderEvent).where(OrderEvent.order_id == order.id).order_by(OrderEvent.id)
    return list(_told(session.scalars(events), _ledger(session, order)))


def meaning(event: OrderEvent, round_number: int) -> Happening:
    """What an event in that round of its order means."""
    match event.kind, event.status, event.data.get("payment"):
        case "reminder", _, _:
            return Happening.REMINDED
        case "refund", _, _:
            return Happening.MONEY_BACK
        case "payment", _, _:
            return Happening.PAYMENT_RETURNED
        case _, OrderStatus.UNPAID, _:
            return Happening.PLACED if round_number == 1 else Happening.RECOVERED
        case _, OrderStatus.PAID, payment:
            paid = Happening.PAID if payment else Happening.PLACED_FREE
            return Happening.PAID_LATE if payment == HONOURED else paid
        case _, OrderStatus.REFUNDED, payment:
            return Happening.PAYMENT_RETURNED if payment == REFUNDED else Happening.REFUNDED
        case _, status, _:
            return Happening(OrderStatus(status).name.lower())


def _ledger(session: Session, order: Order) -> dict[tuple[str, int], Holding]:
    """What the order took and gave back, by action and round."""
    found: dict[tuple[str, int], Holding] = {}
    for entry in session.scalars(select(LedgerEntry).where(LedgerEntry.order_id == order.id)):
        key = (entry.action, entry.round)
        known = found.get(key, NOTHING)
        is_credit = entry.kind == "credit"
        found[key] = Holding(entry.amount, known.coupon) if is_credit else Holding(known.credit, order.coupon["name"])
    return found


def _told(events: Iterable[OrderEvent], ledger: Mapping[tuple[str, int], Holding]) -> Iterator[Happened]:
    """A round begins where the order becomes live and ends where it stops being so; the ledger knows it by number."""
    round_number, was_live = 0, False
    for event in events:
        is_live = OrderStatus(event.status).is_live
        begins, ends = is_live and not was_live, was_live and not is_live
        round_number += begins
        held = ledger.get(("take", round_number), NOTHING) if begins else NOTHING
        given_back = ledger.get(("give_back", round_number), NOTHING) if ends else NOTHING
        yield Happened(event, meaning(event, round_number), held, given_back)
        was_live = is_live
