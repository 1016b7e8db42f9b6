"""What happened to credit, coupons and orders, and what Redis has still to be told.

The ledger and the events have no foreign keys: each row is copied from an order that its writer has locked,
orders are never deleted, and eight key checks per order would cost a drain half its speed.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, SmallInteger, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from lapse.schema import quarantine_table
from shared.models.base import Base, CreatedAt, Id, by_time


class LedgerEntry(Base):
    """One taking or giving back. The unique key makes doing either twice in one round impossible."""

    __tablename__ = "ledger"
    __table_args__ = (
        UniqueConstraint("order_id", "kind", "action", "round"),
        CheckConstraint("kind IN ('credit', 'coupon')", name="kind"),
        CheckConstraint("action IN ('take', 'give_back')", name="action"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("(kind = 'coupon') = (user_coupon_id IS NOT NULL)", name="coupon_named"),
        Index("ix_ledger_user", "user_id", "id"),
    )

    id: Mapped[Id]
    order_id: Mapped[int]
    user_id: Mapped[int]
    kind: Mapped[str] = mapped_column(String(10))
    action: Mapped[str] = mapped_column(String(10))
    round: Mapped[int]
    amount: Mapped[int]
    user_coupon_id: Mapped[int | None]
    created_at: Mapped[CreatedAt]


class OrderEvent(Base):
    """A change of an order, appended in the transaction that made it.

    Every writer holds the user's row when it appends, so one user's ids grow in the order of commits and
    a stream can resume from the last id it saw.
    """

    __tablename__ = "order_events"
    __table_args__ = (
        Index("ix_order_events_user", "user_id", "id"),
        Index("ix_order_events_order", "order_id", "id"),
        by_time("order_events"),
    )

    id: Mapped[Id]
    order_id: Mapped[int]
    user_id: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))
    status: Mapped[int] = mapped_column(SmallInteger)
    data: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    created_at: Mapped[CreatedAt]


class WalletOutbox(Base):
    """A user coupon whose Redis wallet entry may be out of date; gone once it was brought in step."""

    __tablename__ = "wallet_outbox"

    id: Mapped[Id]
    user_id: Mapped[int]
    user_coupon_id: Mapped[int] = mapped_column(index=True)


class QuarantinedTimeout(Base):
    """A timeout that failed by itself, put aside until `retry_at`; the table is the engine's."""

    __table__ = quarantine_table(Base.metadata)

    kind: Mapped[str]
    subject_id: Mapped[str]
    error: Mapped[str]
    attempts: Mapped[int]
    first_at: Mapped[datetime]
    retry_at: Mapped[datetime]
