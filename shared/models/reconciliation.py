"""The provider's bills, and where they differ from our books."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, String, Text, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.models.base import Base, CreatedAt, Id, Money

DIFFERENCES = (
    "unknown_payment",
    "missing_payment",
    "other_amount",
    "other_order",
    "unknown_refund",
    "missing_refund",
    "other_refund_amount",
    "kept_money",
)
"""Money they have and we do not, and so on; docs/payment.md says what each is."""


class Reconciliation(Base):
    """A day in Beijing whose bill was compared with our books (`done_at`), or is to be at `retry_at`."""

    __tablename__ = "reconciliations"

    day: Mapped[date] = mapped_column(primary_key=True)
    retry_at: Mapped[datetime] = mapped_column(server_default=func.now())
    error: Mapped[str | None] = mapped_column(Text)
    done_at: Mapped[datetime | None]


class BilledMoney(Base):
    """A line of a bill: a trade's money, or what was given back of it."""

    __tablename__ = "billed_money"

    id: Mapped[Id]
    day: Mapped[date] = mapped_column(ForeignKey("reconciliations.day"), index=True)
    is_refund: Mapped[bool]
    trade_no: Mapped[str] = mapped_column(String(64), index=True)
    request_no: Mapped[str] = mapped_column(String(64), server_default="")
    order_number: Mapped[str] = mapped_column(String(64))
    amount: Mapped[Money]


class PaymentDifference(Base):
    """Where a bill and our books differ, once for each trade (and refund); `resolved_at` when they no longer do."""

    __tablename__ = "payment_differences"
    __table_args__ = (
        UniqueConstraint("kind", "trade_no", "request_no"),
        CheckConstraint(f"kind IN {DIFFERENCES}", name="kind"),
        Index("ix_payment_differences_open", "trade_no", postgresql_where=text("resolved_at IS NULL")),
    )

    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(String(20))
    trade_no: Mapped[str] = mapped_column(String(64))
    request_no: Mapped[str] = mapped_column(String(64), server_default="")
    order_number: Mapped[str] = mapped_column(String(64))
    ours: Mapped[Decimal | None] = mapped_column(Numeric(14, 2))
    theirs: Mapped[Decimal | None] = mapped_column(Numeric(14, 2))
    first_seen: Mapped[CreatedAt]
    last_seen: Mapped[CreatedAt]
    resolved_at: Mapped[datetime | None]
