"""What a course consists of, and how far its buyers are."""

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from shared.models.base import Base, CreatedAt, Id


class Lesson(Base):
    """A lesson of so many `minutes`: its title is for everybody, its `content` for those who own the course."""

    __tablename__ = "lessons"
    __table_args__ = (
        UniqueConstraint("course_id", "position"),
        CheckConstraint("minutes >= 0", name="minutes_not_negative"),
    )

    id: Mapped[Id]
    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id", ondelete="CASCADE"))
    position: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    minutes: Mapped[int] = mapped_column(server_default="0")
    content: Mapped[str] = mapped_column(Text, server_default="")


class LessonDone(Base):
    """A user's mark that they are done with a lesson."""

    __tablename__ = "lessons_done"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    lesson_id: Mapped[int] = mapped_column(ForeignKey("lessons.id", ondelete="CASCADE"), primary_key=True, index=True)
    created_at: Mapped[CreatedAt]
