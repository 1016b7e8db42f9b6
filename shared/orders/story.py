"""An order's story: what its tables say of it, merged into one line of time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.models import AuditEntry, LedgerEntry, Order, OrderEvent, Payment, Refund
from shared.order_status import OrderStatus

Row = dict[str, Any]
"""What happened: `at`, `kind` and what else that kind says."""


@dataclass(frozen=True)
class Records:
    """All rows that tell of an order, each table's oldest first."""

    order: Order
    events: Sequence[OrderEvent]
    ledger: Sequence[LedgerEntry]
    payments: Sequence[Payment]
    refunds: Sequence[Refund]
    audit: Sequence[AuditEntry]


def records(session: Session, order: Order) -> Records:
    """Read them, each table by its index."""
    about = (AuditEntry.subject_kind == "order", AuditEntry.subject_id == str(order.id))
    of_order = Payment.order_id == order.id
    return Records(
        order,
        session.scalars(select(OrderEvent).where(OrderEvent.order_id == order.id).order_by(OrderEvent.id)).all(),
        session.scalars(select(LedgerEntry).where(LedgerEntry.order_id == order.id).order_by(LedgerEntry.id)).all(),
        session.scalars(select(Payment).where(of_order).order_by(Payment.id)).all(),
        session.scalars(select(Refund).join(Payment).where(of_order).order_by(Refund.id)).all(),
        session.scalars(select(AuditEntry).where(*about).order_by(AuditEntry.id)).all(),
    )


def tell(found: Records) -> list[Row]:
    """The rows, the oldest first.

    Kinds: `deadline` (the last of an order that is unpaid or timed out), `status`, `reminder`, `held`,
    `given_back`, `payment`, `refund_ordered`, `refund_done` and `audit`.
    """
    rows = [
        *_deadline(found.order),
        *_audit(found.audit),
        *_payments(found.payments),
        *_states(found.order, found.events),
        *_ledger(found.ledger),
        *_refunds(found.refunds),
    ]
    return sorted(rows, key=lambda row: row["at"])


def _deadline(order: Order) -> Iterator[Row]:
    if order.status in (OrderStatus.UNPAID, OrderStatus.TIMED_OUT):
        yield _row(order.expires_at, "deadline")


def _states(order: Order, events: Sequence[OrderEvent]) -> Iterator[Row]:
    """`before` is None at first; `path` and `late` are of a time-out, None where nobody wrote them down."""
    before = None
    for event in events:
        if event.kind == "status":
            told = {name: event.data.get(name) for name in ("path", "late", "by", "reason", "recovery")}
            yield _row(event.created_at, "status", before=before, after=event.status, **told)
            before = event.status
        elif event.kind == "reminder":
            yield _row(event.created_at, "reminder")


def _ledger(entries: Sequence[LedgerEntry]) -> Iterator[Row]:
    for entry in entries:
        told = {"what": entry.kind, "amount": entry.amount, "round": entry.round, "user_coupon": entry.user_coupon_id}
        yield _row(entry.created_at, "held" if entry.action == "take" else "given_back", **told)


def _payments(payments: Sequence[Payment]) -> Iterator[Row]:
    for each in payments:
        told = {"amount": each.amount, "trade_no": each.trade_no, "outcome": each.outcome, "reason": each.reason}
        yield _row(each.created_at, "payment", **told)


def _refunds(refunds: Sequence[Refund]) -> Iterator[Row]:
    for each in refunds:
        told = {"amount": each.amount, "request_no": each.request_no, "reason": each.reason}
        tries = {"attempts": each.attempts, "error": each.error}
        yield _row(each.created_at, "refund_ordered", **told, **tries)
        if each.done_at is not None:
            yield _row(each.done_at, "refund_done", **told)


def _audit(entries: Sequence[AuditEntry]) -> Iterator[Row]:
    for each in entries:
        reason = (each.after or {}).get("reason")
        yield _row(each.at, "audit", actor=each.actor, action=each.action, reason=reason)


def _row(at: datetime, kind: str, **told: Any) -> Row:
    return {"at": at, "kind": kind} | told
