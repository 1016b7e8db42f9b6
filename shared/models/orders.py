"""Orders and their lines."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Sequence, SmallInteger, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, query_expression, relationship

from shared.models.accounts import User
from shared.models.base import Base, CreatedAt, Id, Money

order_number_sequence = Sequence(
    "order_number_seq", metadata=Base.metadata, minvalue=1, maxvalue=99_999_999, cycle=True
)


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


class Order(Base):
    """An order. `round` counts its lives: 1 when placed, one more each time it becomes live again.

    `recoveries` counts those of them that its user asked for; the others began with a late payment.

    `remind_at` is when to remind its user of the deadline; NULL once that is done, or if there is nothing to remind of.
    """

    __tablename__ = "orders"
    __table_args__ = (
        CheckConstraint("status BETWEEN 0 AND 4", name="status"),
        CheckConstraint("credit >= 0", name="credit_not_negative"),
        CheckConstraint("real_price >= 0 AND real_price <= total_price", name="real_price"),
        CheckConstraint("(status IN (1, 4)) = (paid_at IS NOT NULL)", name="paid_at"),
        Index("ix_orders_deadline", "expires_at", postgresql_where=text("status = 0")),
        Index("ix_orders_reminder", "remind_at", postgresql_where=text("status = 0 AND remind_at IS NOT NULL")),
        Index("ix_orders_user", "user_id", "id"),
        Index(
            "uq_orders_live_coupon",
            "user_coupon_id",
            unique=True,
            postgresql_where=text("status IN (0, 1) AND user_coupon_id IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    order_number: Mapped[str] = mapped_column(String(40), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    status: Mapped[int] = mapped_column(SmallInteger, server_default="0")
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
