"""Coupons in users' hands: which can be used, and how one looks to the pricing rules and in the wallet."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import Session, joinedload

from shared.errors import Refused
from shared.models import Category, Coupon, Course, Direction, Order, UserCoupon
from shared.pricing import CouponRule, Discount, GetType, Scope

_DISCOUNT_NAMES = {Discount.TAKE_OFF: "减免", Discount.RATE: "折扣"}
_SCOPE_NAMES = {
    Scope.ALL: "通用类型",
    Scope.DIRECTIONS: "指定方向",
    Scope.CATEGORIES: "指定分类",
    Scope.COURSES: "指定课程",
}
_GET_TYPE_NAMES = {GetType.GIVEN: "系统赠送", GetType.TAKEN: "自行领取"}


def usable_coupon(session: Session, user_id: int, user_coupon_id: int | None) -> UserCoupon | None:
    """Return the user's coupon, valid now by the database's clock; None for none. Raises Refused."""
    if user_coupon_id is None:
        return None
    query = with_coupon().where(
        UserCoupon.id == user_coupon_id,
        UserCoupon.user_id == user_id,
        UserCoupon.expired_at.is_(None),
        Coupon.start_time <= func.statement_timestamp(),
        Coupon.end_time > func.statement_timestamp(),
    )
    found = session.scalar(query)
    if found is None:
        raise Refused("coupon_unavailable", "You have no such coupon, or it is not valid now.")
    return found


def wallet(session: Session, user_id: int) -> Sequence[UserCoupon]:
    """The user's coupons that are neither over nor held by a live order, oldest first."""
    return session.scalars(in_wallet().where(UserCoupon.user_id == user_id)).all()


def in_wallet() -> Select[UserCoupon]:
    """User coupons that belong into a wallet, with their coupons, in the order of their ids."""
    return (
        with_coupon()
        .where(UserCoupon.expired_at.is_(None), Coupon.end_time > func.statement_timestamp(), ~is_held())
        .order_by(UserCoupon.id)
    )


def with_coupon() -> Select[UserCoupon]:
    """User coupons with their coupons and these with what they are for."""
    loaded = joinedload(UserCoupon.coupon)
    scopes = (Coupon.directions, Coupon.categories, Coupon.courses)
    return select(UserCoupon).join(UserCoupon.coupon).options(*(loaded.selectinload(s) for s in scopes))


def is_held() -> ColumnElement[bool]:
    """Whether a live order holds the user coupon of the surrounding query."""
    return exists().where(Order.user_coupon_id == UserCoupon.id, Order.is_live)


def rule_of(coupon: Coupon) -> CouponRule:
    """The coupon as the pricing rules see it."""
    ids = {
        Scope.ALL: frozenset[int](),
        Scope.DIRECTIONS: frozenset(row.id for row in coupon.directions),
        Scope.CATEGORIES: frozenset(row.id for row in coupon.categories),
        Scope.COURSES: frozenset(row.id for row in coupon.courses),
    }
    scope = Scope(coupon.coupon_type)
    return CouponRule(Discount(coupon.discount), scope, coupon.condition, coupon.sale, ids[scope])


def snapshot(coupon: Coupon) -> dict[str, Any]:
    """The coupon as an order remembers it."""
    return {
        "id": coupon.id,
        "name": coupon.name,
        "name_en": coupon.name_en,
        "sale": coupon.sale,
        "discount": coupon.discount,
        "condition": str(coupon.condition),
    }


def wallet_entry(user_coupon: UserCoupon) -> dict[str, Any]:
    """The wallet's fields (contract, section 3)."""
    return {"user_coupon_id": user_coupon.id} | described(user_coupon.coupon)


def described(coupon: Coupon) -> dict[str, Any]:
    """What the wallet says of a coupon: money as strings, times in ISO 8601, scopes as `{id, name}`."""
    return {
        "coupon_id": coupon.id,
        "name": coupon.name,
        "name_en": coupon.name_en,
        "discount": coupon.discount,
        "get_discount_display": _DISCOUNT_NAMES[Discount(coupon.discount)],
        "coupon_type": coupon.coupon_type,
        "get_coupon_type_display": _SCOPE_NAMES[Scope(coupon.coupon_type)],
        "start_time": iso(coupon.start_time),
        "end_time": iso(coupon.end_time),
        "get_type": coupon.get_type,
        "get_get_type_display": _GET_TYPE_NAMES[GetType(coupon.get_type)],
        "condition": str(coupon.condition),
        "sale": coupon.sale,
        "to_direction": _named(coupon.directions),
        "to_category": _named(coupon.categories),
        "to_course": _named(coupon.courses),
    }


def iso(moment: datetime) -> str:
    """ISO 8601 in UTC with a `T`, microseconds and an offset."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _named(things: Sequence[Direction] | Sequence[Category] | Sequence[Course]) -> list[dict[str, Any]]:
    return [{"id": thing.id, "name": thing.name, "name_en": thing.name_en} for thing in things]
