"""Users, their carts, and how they are logged in."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, SmallInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from shared.models.base import Base, CreatedAt, Id
from shared.models.names import folded_or_none


def _folded_name(context: Any) -> str | None:
    return folded_or_none(context.get_current_parameters()["username"])


class User(Base):
    """Somebody who orders courses. `credit` is what is free to spend; 10 credits are 1.00.

    No two have one `folded_name`. Users from before that rule, or loaded from a file, who look like another have none.
    """

    __tablename__ = "users"
    __table_args__ = (CheckConstraint("credit >= 0", name="credit_not_negative"),)

    id: Mapped[Id]
    username: Mapped[str] = mapped_column(String(150), unique=True)
    folded_name: Mapped[str | None] = mapped_column(String(150), unique=True, default=_folded_name)
    password_hash: Mapped[str] = mapped_column(Text)
    credit: Mapped[int] = mapped_column(server_default="0")
    is_staff: Mapped[bool] = mapped_column(server_default="false")
    is_disabled: Mapped[bool] = mapped_column(server_default="false")
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


class Login(Base):
    """A user who is logged in. Its tokens, or its cookie of the admin, name `session_id`, and work while it is here.

    `generation` counts how often it was refreshed: the refresh token of another generation is a used one.
    """

    __tablename__ = "logins"

    id: Mapped[Id]
    session_id: Mapped[str] = mapped_column(String(36), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    in_admin: Mapped[bool] = mapped_column(server_default="false")
    generation: Mapped[int] = mapped_column(server_default="0")
    address: Mapped[str] = mapped_column(String(45), server_default="")
    user_agent: Mapped[str] = mapped_column(String(255), server_default="")
    created_at: Mapped[CreatedAt]
    refreshed_at: Mapped[CreatedAt]
    last_seen_at: Mapped[CreatedAt]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class SecondFactor(Base):
    """The secret of a user's one-time codes; it counts once a code has confirmed it. No step's code is taken twice."""

    __tablename__ = "second_factors"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    secret: Mapped[str] = mapped_column(String(64))
    last_step: Mapped[int] = mapped_column(server_default="0")
    confirmed_at: Mapped[datetime | None]
