"""Coupons, their scopes and who has them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, SmallInteger, String, Table, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shared.models.accounts import User
from shared.models.base import Base, CreatedAt, Id, Money
from shared.models.catalogue import Category, Course, Direction


def _scope(table: str, of: str) -> Table:
    """Which rows of `of` a coupon is for."""
    return Table(
        table,
        Base.metadata,
        Column("coupon_id", ForeignKey("coupons.id", ondelete="CASCADE"), primary_key=True),
        Column("target_id", ForeignKey(f"{of}.id", ondelete="CASCADE"), primary_key=True, index=True),
    )


coupon_directions = _scope("coupon_directions", "directions")
coupon_categories = _scope("coupon_categories", "categories")
coupon_courses = _scope("coupon_courses", "courses")


class Coupon(Base):
    """A coupon as the shop issues it (contract, section 4); the numbers are those of `shared.pricing`.

    Users may take `total` of it themselves, `per_user` each. Since `withdrawn_at`, if ever, nobody gets it any more;
    who has it may use it.
    """

    __tablename__ = "coupons"
    __table_args__ = (
        CheckConstraint("discount IN (1, 2)", name="discount"),
        CheckConstraint("coupon_type BETWEEN 0 AND 3", name="coupon_type"),
        CheckConstraint("get_type IN (0, 1)", name="get_type"),
        CheckConstraint("condition >= 0", name="condition_not_negative"),
        CheckConstraint("total >= 0", name="total_not_negative"),
        CheckConstraint("per_user >= 1", name="per_user_positive"),
        CheckConstraint("start_time < end_time", name="period"),
        CheckConstraint(
            "(discount = 1 AND sale ~ '^-[0-9]{1,8}(\\.[0-9]{1,2})?$') OR "
            "(discount = 2 AND sale ~ '^\\*(0(\\.[0-9]{1,4})?|1(\\.0{1,4})?)$')",
            name="sale",
        ),
    )

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(100))
    name_en: Mapped[str] = mapped_column(String(100), server_default="")
    discount: Mapped[int] = mapped_column(SmallInteger)
    coupon_type: Mapped[int] = mapped_column(SmallInteger)
    get_type: Mapped[int] = mapped_column(SmallInteger)
    condition: Mapped[Money] = mapped_column(server_default="0")
    sale: Mapped[str] = mapped_column(String(20))
    start_time: Mapped[datetime]
    end_time: Mapped[datetime]
    total: Mapped[int] = mapped_column(server_default="0")
    per_user: Mapped[int] = mapped_column(SmallInteger, server_default="1")
    withdrawn_at: Mapped[datetime | None]

    directions: Mapped[list[Direction]] = relationship(secondary=coupon_directions, order_by=Direction.id)
    categories: Mapped[list[Category]] = relationship(secondary=coupon_categories, order_by=Category.id)
    courses: Mapped[list[Course]] = relationship(secondary=coupon_courses, order_by=Course.id)


class UserCoupon(Base):
    """A coupon in a user's hands. It is held while a live order names it; nothing else says so."""

    __tablename__ = "user_coupons"
    __table_args__ = (Index("ix_user_coupons_unexpired", "coupon_id", postgresql_where=text("expired_at IS NULL")),)

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    coupon_id: Mapped[int] = mapped_column(ForeignKey("coupons.id"), index=True)
    expired_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]

    user: Mapped[User] = relationship()
    coupon: Mapped[Coupon] = relationship()
