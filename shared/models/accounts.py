"""Users, their carts and the sessions they ended."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, SmallInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from shared.models.base import Base, CreatedAt, Id


class User(Base):
    """Somebody who orders courses. `credit` is what is free to spend; 10 credits are 1.00."""

    __tablename__ = "users"
    __table_args__ = (CheckConstraint("credit >= 0", name="credit_not_negative"),)

    id: Mapped[Id]
    username: Mapped[str] = mapped_column(String(150), unique=True)
    password_hash: Mapped[str] = mapped_column(Text)
    credit: Mapped[int] = mapped_column(server_default="0")
    is_staff: Mapped[bool] = mapped_column(server_default="false")
    nickname: Mapped[str] = mapped_column(String(50), server_default="")
    avatar: Mapped[str] = mapped_column(String(255), server_default="")
    position: Mapped[str] = mapped_column(String(50), server_default="")
    city: Mapped[str] = mapped_column(String(50), server_default="")
    gender: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    signature: Mapped[str] = mapped_column(String(255), server_default="")
    created_at: Mapped[CreatedAt]


class CartItem(Base):
    """A course in a user's cart: what the Redis cart is resynced from and what serves while Redis is away."""

    __tablename__ = "cart_items"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id", ondelete="CASCADE"), primary_key=True)
    selected: Mapped[bool] = mapped_column(server_default="true")


class RevokedSession(Base):
    """A login that was logged out; its tokens no longer work. Worthless after `expires_at`."""

    __tablename__ = "revoked_sessions"

    session_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)
