"""Orders and their lines."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, Sequence, SmallInteger, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, query_expression, relationship, validates

from shared.models.accounts import User
from shared.models.base import Base, CreatedAt, Id, Money
from shared.order_status import LIVE, OrderStatus, is_allowed

order_number_sequence = Sequence(
    "order_number_seq", metadata=Base.metadata, minvalue=1, maxvalue=99_999_999, cycle=True
)


_UNPAID = f"status = {OrderStatus.UNPAID}"


class OrderCourse(Base):
    """A line of an order, as the course was when it was ordered."""

    __tablename__ = "order_courses"

    id: Mapped[Id]
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"), index=True)
    course_name: Mapped[str] = mapped_column(String(200))
    course_cover: Mapped[str] = mapped_column(String(255))
    price: Mapped[Money]
    real_price: Mapped[Money]
    discount_name: Mapped[str] = mapped_column(String(50), server_default="")
    reviewed: Mapped[bool | None] = query_expression()
    """Whether it has a review, where `shared.orders.queries` asked the database for that."""
    course_name_en: Mapped[str | None] = query_expression()
    """The course's name in English as it is now, likewise."""


class Order(Base):
    """An order. `round` counts its lives: 1 when placed, one more each time it becomes live again.

    `recoveries` counts those of them that its user asked for; the others began with a late payment.

    `remind_at` is when to remind its user of the deadline; NULL once that is done, or if there is nothing to remind of.
    """

    __tablename__ = "orders"
    __table_args__ = (
        CheckConstraint(f"status BETWEEN {min(OrderStatus)} AND {max(OrderStatus)}", name="status"),
        CheckConstraint("credit >= 0", name="credit_not_negative"),
        CheckConstraint("real_price >= 0 AND real_price <= total_price", name="real_price"),
        CheckConstraint(
            f"(status IN ({OrderStatus.PAID}, {OrderStatus.REFUNDED})) = (paid_at IS NOT NULL)", name="paid_at"
        ),
        Index("ix_orders_deadline", "expires_at", postgresql_where=text(_UNPAID)),
        Index("ix_orders_reminder", "remind_at", postgresql_where=text(f"{_UNPAID} AND remind_at IS NOT NULL")),
        Index("ix_orders_user", "user_id", "id"),
        Index("ix_orders_created_at", "created_at"),
        Index("ix_orders_real_price", "real_price"),
    )

    id: Mapped[Id]
    order_number: Mapped[str] = mapped_column(String(40), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    status: Mapped[int] = mapped_column(SmallInteger, server_default=str(OrderStatus.UNPAID))
    round: Mapped[int] = mapped_column(server_default="1")
    recoveries: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    pay_type: Mapped[int] = mapped_column(SmallInteger)
    total_price: Mapped[Money]
    real_price: Mapped[Money]
    credit: Mapped[int] = mapped_column(server_default="0")
    user_coupon_id: Mapped[int | None] = mapped_column(ForeignKey("user_coupons.id"))
    coupon: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    created_at: Mapped[CreatedAt]
    expires_at: Mapped[datetime]
    remind_at: Mapped[datetime | None]
    paid_at: Mapped[datetime | None]
    hidden: Mapped[bool] = mapped_column(server_default="false")

    lines: Mapped[list[OrderCourse]] = relationship(order_by=OrderCourse.id)
    user: Mapped[User] = relationship(viewonly=True)
    seconds_left: Mapped[int | None] = query_expression()
    """Whole seconds until an unpaid order is due, where `shared.orders.queries` asked the database for them."""

    @hybrid_property
    def is_live(self) -> bool:
        """Whether it holds its credit and its coupon; the one predicate for that, in SQL too."""
        return OrderStatus(self.status).is_live

    @is_live.inplace.expression
    @classmethod
    def _is_live(cls) -> ColumnElement[bool]:
        return cls.status.in_([int(status) for status in LIVE])

    @validates("status")
    def _allow(self, _: str, status: int) -> int:
        """Raises ValueError when no verb may make this change."""
        if not is_allowed(self.status, status):
            raise ValueError(f"an order does not go from {self.status} to {status}")
        return status


Index(
    "uq_orders_live_coupon",
    Order.user_coupon_id,
    unique=True,
    postgresql_where=Order.is_live & Order.user_coupon_id.is_not(None),
)
