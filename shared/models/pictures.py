"""Pictures that users and staff gave us, as we drew them anew."""

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from shared.models.base import Base, CreatedAt, Id


class Picture(Base):
    """A WebP, known by the SHA-256 of its bytes. Who shows it has its path: as their avatar, or as a course's cover."""

    __tablename__ = "pictures"

    id: Mapped[Id]
    sha: Mapped[str] = mapped_column(String(64), unique=True)
    content_type: Mapped[str] = mapped_column(String(30))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[CreatedAt]
