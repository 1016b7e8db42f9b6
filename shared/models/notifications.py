"""How far users have read what they are told; what they are told is derived from what happened."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from shared.models.base import Base


class NotificationMark(Base):
    """The user has read all that came until `read_at`; without a row they have read nothing."""

    __tablename__ = "notification_marks"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    read_at: Mapped[datetime]
