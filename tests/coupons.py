"""Coupons as a test wants them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session, sessionmaker

from shared.models import Category, Coupon, Course, Direction, UserCoupon

NOW = datetime.now(UTC)
LONG = timedelta(days=365)


def make_coupon(sessions: sessionmaker[Session], **changes: Any) -> int:
    """Make a coupon that takes 30 off and that anybody may take one of, but for `changes`; returns its id."""
    values: dict[str, Any] = {
        "name": "c",
        "discount": 1,
        "coupon_type": 0,
        "get_type": 1,
        "condition": 0,
        "sale": "-30",
        "start_time": NOW - LONG,
        "end_time": NOW + LONG,
        "total": 10,
        "per_user": 1,
    }
    with sessions.begin() as session:
        for scope, model in (("directions", Direction), ("categories", Category), ("courses", Course)):
            if scope in changes:
                changes[scope] = [session.get_one(model, id) for id in changes[scope]]
        coupon = Coupon(**values | changes)
        session.add(coupon)
        session.flush()
        return coupon.id


def hand_out(sessions: sessionmaker[Session], user_id: int, coupon_id: int, **more: Any) -> int:
    """Let the user have one of the coupon, without telling Redis; returns the user coupon's id."""
    with sessions.begin() as session:
        user_coupon = UserCoupon(user_id=user_id, coupon_id=coupon_id, **more)
        session.add(user_coupon)
        session.flush()
        return user_coupon.id
