"""The wallets' outbox: which user coupons may be out of date in Redis. All that writes to it goes through here."""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, Row, delete, insert, select
from sqlalchemy.orm import Session

from shared.models import UserCoupon, WalletOutbox

PUT = "INSERT INTO wallet_outbox (user_id, user_coupon_id)"
"""SQL that a `SELECT` of a user's and their coupon's id follows, for statements that do all at once."""


def put(session: Session, which: ColumnElement[bool]) -> None:
    """Put the user coupons that `which` finds on the outbox, in the transaction that changes them."""
    entries = select(UserCoupon.user_id, UserCoupon.id).where(which)
    session.execute(insert(WalletOutbox).from_select(["user_id", "user_coupon_id"], entries))


def oldest(session: Session, limit: int) -> Sequence[int]:
    """The user coupons that have been on the outbox longest, at most `limit`; one may be among them twice."""
    return session.scalars(select(WalletOutbox.user_coupon_id).order_by(WalletOutbox.id).limit(limit)).all()


def pop(session: Session, user_coupon_ids: Collection[int]) -> Sequence[Row[int, int]]:
    """Remove these user coupons from the outbox; returns `user_id` and `user_coupon_id` of those that were on it."""
    listed = delete(WalletOutbox).where(WalletOutbox.user_coupon_id.in_(user_coupon_ids))
    return session.execute(listed.returning(WalletOutbox.user_id, WalletOutbox.user_coupon_id)).all()
