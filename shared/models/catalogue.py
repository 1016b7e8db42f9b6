"""What the school offers. Where a name in English is empty, there is none."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Numeric, String, Text
from sqlalchemy.orm import Mapped, mapped_column, query_expression, relationship

from shared.models.base import Base, Id, Money


class Direction(Base):
    """A field of study."""

    __tablename__ = "directions"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(100))
    name_en: Mapped[str] = mapped_column(String(100), server_default="")


class Category(Base):
    """A subject within a direction."""

    __tablename__ = "categories"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(100))
    name_en: Mapped[str] = mapped_column(String(100), server_default="")
    direction_id: Mapped[int] = mapped_column(ForeignKey("directions.id"), index=True)

    direction: Mapped[Direction] = relationship()


class Course(Base):
    """A course. `credit` is the most credits an order may use for it; a discount of its own fixes its price.

    Since `withdrawn_at`, if ever, it is off sale; who owns it keeps it.
    """

    __tablename__ = "courses"
    __table_args__ = (
        CheckConstraint("price >= 0", name="price_not_negative"),
        CheckConstraint("credit >= 0", name="credit_not_negative"),
        CheckConstraint("discount_price >= 0 AND discount_price <= price", name="discount_in_range"),
        CheckConstraint("(discount_price IS NULL) = (discount_type IS NULL)", name="discount_whole"),
    )

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200), server_default="")
    cover: Mapped[str] = mapped_column(String(255), server_default="")
    brief: Mapped[str] = mapped_column(Text, server_default="")
    teacher_name: Mapped[str] = mapped_column(String(100), server_default="")
    teacher_brief: Mapped[str] = mapped_column(Text, server_default="")
    price: Mapped[Money]
    credit: Mapped[int] = mapped_column(server_default="0")
    direction_id: Mapped[int] = mapped_column(ForeignKey("directions.id"), index=True)
    category_id: Mapped[int] = mapped_column(ForeignKey("categories.id"), index=True)
    discount_type: Mapped[str | None] = mapped_column(String(50))
    discount_type_en: Mapped[str] = mapped_column(String(50), server_default="")
    discount_price: Mapped[Decimal | None] = mapped_column(Numeric(10, 2))
    withdrawn_at: Mapped[datetime | None]

    direction: Mapped[Direction] = relationship()
    category: Mapped[Category] = relationship()
    owned: Mapped[bool | None] = query_expression()
    """Whether the user who asks owns it, where the database was asked for that."""
    rating: Mapped[Decimal | None] = query_expression()
    """The mean of the ratings that count, to one decimal, where the database was asked for it."""
    review_count: Mapped[int | None] = query_expression()

    @property
    def on_sale(self) -> bool:
        """Whether it can be ordered."""
        return self.withdrawn_at is None

    @property
    def real_price(self) -> Decimal:
        """What the course costs after its own discount."""
        return self.price if self.discount_price is None else self.discount_price

    @property
    def own_discount(self) -> dict[str, Any]:
        """Its own discount as `{type, type_en, price}`, empty when it has none."""
        if self.discount_price is None:
            return {}
        return {"type": self.discount_type, "type_en": self.discount_type_en, "price": self.discount_price}

    @property
    def teacher(self) -> dict[str, str]:
        """Who teaches it as `{name, brief}`, empty when nobody is named."""
        return {"name": self.teacher_name, "brief": self.teacher_brief} if self.teacher_name else {}
