"""What goes with ordering: replays of a request, reviews, and credit given by staff."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, SmallInteger, String, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shared.models.accounts import User
from shared.models.base import Base, CreatedAt, Id
from shared.models.catalogue import Course


class IdempotencyKey(Base):
    """The answer to a request that named a key, stored with what it did; the same request gets it again."""

    __tablename__ = "idempotency_keys"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    answer: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_at: Mapped[CreatedAt]


class Review(Base):
    """What a user thinks of a course they paid for; it counts while that order is paid.

    Since `hidden_at`, if ever, staff keep it from being shown.
    """

    __tablename__ = "reviews"
    __table_args__ = (
        UniqueConstraint("user_id", "course_id"),
        CheckConstraint("rating BETWEEN 1 AND 5", name="rating"),
    )

    id: Mapped[Id]
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    rating: Mapped[int] = mapped_column(SmallInteger)
    content: Mapped[str] = mapped_column(Text)
    hidden_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]

    course: Mapped[Course] = relationship(viewonly=True)
    user: Mapped[User] = relationship(viewonly=True)


class CreditGrant(Base):
    """Credit that staff gave a user, or took: the part of their credit that no order explains."""

    __tablename__ = "credit_grants"

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    amount: Mapped[int]
    note: Mapped[str] = mapped_column(String(255), server_default="")
    created_at: Mapped[CreatedAt]

    user: Mapped[User] = relationship(foreign_keys=user_id, viewonly=True)
    staff: Mapped[User | None] = relationship(foreign_keys=staff_id, viewonly=True)
