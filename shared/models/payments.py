"""Money: what came in, what has to go back, and what the provider may still have to tell us."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, String, Text, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shared.models.base import Base, CreatedAt, Id, Money, by_time
from shared.models.orders import Order


class Payment(Base):
    """Money the provider took for an order. `outcome`: paid, honoured (late) or refunded (it could not be kept)."""

    __tablename__ = "payments"
    __table_args__ = (
        UniqueConstraint("trade_no"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("outcome IN ('paid', 'honoured', 'refunded')", name="outcome"),
        by_time("payments"),
    )

    id: Mapped[Id]
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    trade_no: Mapped[str] = mapped_column(String(64))
    amount: Mapped[Money]
    outcome: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(Text, server_default="")
    created_at: Mapped[CreatedAt]

    order: Mapped[Order] = relationship(viewonly=True)


class Refund(Base):
    """Money to be given back, retried until the provider has done it. `request_no` makes asking twice harmless."""

    __tablename__ = "refunds"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        Index("ix_refunds_due", "retry_at", postgresql_where=text("done_at IS NULL")),
        by_time("refunds"),
    )

    id: Mapped[Id]
    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id"), unique=True)
    request_no: Mapped[str] = mapped_column(String(64), unique=True)
    amount: Mapped[Money]
    reason: Mapped[str] = mapped_column(Text, server_default="")
    attempts: Mapped[int] = mapped_column(server_default="0")
    error: Mapped[str | None] = mapped_column(Text)
    retry_at: Mapped[datetime] = mapped_column(server_default=func.now())
    done_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]

    payment: Mapped[Payment] = relationship(viewonly=True)


class PaymentIntent(Base):
    """A user was sent to pay: the provider is asked at `ask_at` whether they did, in case its notice was lost."""

    __tablename__ = "payment_intents"
    __table_args__ = (Index("ix_payment_intents_ask_at", "ask_at"),)

    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    asked: Mapped[int] = mapped_column(server_default="0")
    ask_at: Mapped[datetime]


class PaymentProvider(Base):
    """The one row that says which provider this database's orders are paid through; it never changes."""

    __tablename__ = "payment_provider"
    __table_args__ = (CheckConstraint("is_only", name="only"),)

    is_only: Mapped[bool] = mapped_column(primary_key=True, server_default="true")
    name: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[CreatedAt]


class SandboxTrade(Base):
    """The sandbox provider's own books: what its cashier took and gave back."""

    __tablename__ = "sandbox_trades"

    trade_no: Mapped[str] = mapped_column(String(64), primary_key=True)
    out_trade_no: Mapped[str] = mapped_column(String(64), index=True)
    amount: Mapped[Money]
    refunded: Mapped[Decimal] = mapped_column(Numeric(10, 2), server_default="0")
    created_at: Mapped[CreatedAt]
    subject: Mapped[str] = mapped_column(Text, server_default="")


class SandboxRefund(Base):
    """A refund the sandbox provider made; the same request is answered alike again."""

    __tablename__ = "sandbox_refunds"

    request_no: Mapped[str] = mapped_column(String(64), primary_key=True)
    trade_no: Mapped[str] = mapped_column(ForeignKey("sandbox_trades.trade_no"))
    amount: Mapped[Money]
    created_at: Mapped[CreatedAt]


class SandboxKey(Base):
    """The key pairs of the sandbox's two sides (`app` and `provider`), made at first use, PEM."""

    __tablename__ = "sandbox_keys"

    side: Mapped[str] = mapped_column(String(10), primary_key=True)
    private_pem: Mapped[str] = mapped_column(Text)
