"""What staff do with users' coupons: give them, mark them and take them away. The wallets follow from the outbox.

Rows are locked by id, in the order in which `shared.coupons.wallet` locks them, so nobody waits in a circle.
"""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, delete, func, insert, select, update
from sqlalchemy.orm import Session

from shared.accounts import audit
from shared.accounts.audit import Action, Fact
from shared.coupons import outbox
from shared.errors import Conflict, NotFound
from shared.models import Coupon, Order, User, UserCoupon


def give(session: Session, coupon_id: int, usernames: Collection[str]) -> int:
    """Give each of these users one of the coupon; returns how many.

    Raises NotFound, Conflict when the coupon's time is over or it is off sale, or OwnAccount when whoever gives is one
    of them, and then nobody gets one.
    """
    refuse_if_not_given(session, coupon_id)
    users = dict(session.execute(select(User.username, User.id).where(User.username.in_(usernames))).all())
    unknown = [name for name in usernames if name not in users]
    if unknown:
        raise NotFound("user_not_found", f"There is no user {', '.join(unknown)}.")
    audit.refuse_own(session, users.values())
    rows = [{"user_id": user_id, "coupon_id": coupon_id} for user_id in users.values()]
    new = session.scalars(insert(UserCoupon).returning(UserCoupon.id), rows).all()
    outbox.put(session, UserCoupon.id.in_(new))
    audit.record(session, Action.COUPON_GIVEN, *_facts(session, new))
    return len(new)


def mark_expired(session: Session, user_coupon_ids: Collection[int]) -> int:
    """Let these coupons be over for their users; returns for how many that is new.

    One that a live order holds stays with that order.
    """
    ids = _locked(session, UserCoupon.id.in_(user_coupon_ids), UserCoupon.expired_at.is_(None))
    audit.record(session, Action.COUPON_MARKED_EXPIRED, *_facts(session, ids))
    return _mark(session, ids, func.statement_timestamp())


def clear_mark(session: Session, user_coupon_ids: Collection[int]) -> int:
    """Let those of these coupons be good again whose own time is not over; returns how many those are.

    Raises OwnAccount when one belongs to whoever does so, and then none is good again.
    """
    current = select(Coupon.id).where(Coupon.end_time > func.statement_timestamp())
    which = (UserCoupon.expired_at.is_not(None), UserCoupon.coupon_id.in_(current))
    ids = _locked(session, UserCoupon.id.in_(user_coupon_ids), *which)
    audit.refuse_own(session, session.scalars(select(UserCoupon.user_id).where(UserCoupon.id.in_(ids))))
    audit.record(session, Action.COUPON_MARK_CLEARED, *_facts(session, ids))
    return _mark(session, ids, None)


def take_away(session: Session, user_coupon_ids: Collection[int]) -> int:
    """Delete those of these coupons that no order ever named; returns how many those are."""
    ids = _locked(session, UserCoupon.id.in_(user_coupon_ids), ~was_used(), deleting=True)
    outbox.put(session, UserCoupon.id.in_(ids))
    audit.record(session, Action.COUPON_TAKEN_AWAY, *_facts(session, ids))
    session.execute(delete(UserCoupon).where(UserCoupon.id.in_(ids)))
    return len(ids)


def was_used() -> ColumnElement[bool]:
    """Whether any order names the user coupon of the surrounding query, be it long over."""
    return select(Order.id).where(Order.user_coupon_id == UserCoupon.id).exists()


def refuse_if_not_given(session: Session, coupon_id: int) -> None:
    """Raise NotFound for no coupon, Conflict for one whose time is over or that is off sale."""
    is_over = Coupon.end_time <= func.statement_timestamp()
    columns = select(Coupon.name, Coupon.withdrawn_at, is_over.label("is_over"))
    coupon = session.execute(columns.where(Coupon.id == coupon_id).with_for_update(read=True)).first()
    if coupon is None:
        raise NotFound("coupon_not_found", "There is no such coupon.")
    if coupon.is_over:
        raise Conflict("coupon_over", f"The time of the coupon “{coupon.name}” is over; set its end first.")
    if coupon.withdrawn_at is not None:
        raise Conflict("coupon_off_sale", f"The coupon “{coupon.name}” is off sale; put it on sale again first.")


def _facts(session: Session, ids: Sequence[int]) -> list[Fact]:
    """Whose these coupons are."""
    rows: Any = select(UserCoupon.id, UserCoupon.user_id, UserCoupon.coupon_id, User.username).join(User)
    found = session.execute(rows.where(UserCoupon.id.in_(ids)).order_by(UserCoupon.id))
    return [
        Fact("user_coupon", row.id, after={"coupon": row.coupon_id, "user": row.user_id, "username": row.username})
        for row in found
    ]


def _locked(session: Session, *which: ColumnElement[bool], deleting: bool = False) -> Sequence[int]:
    rows = select(UserCoupon.id).where(*which).order_by(UserCoupon.id)
    return session.scalars(rows.with_for_update(key_share=not deleting, of=UserCoupon)).all()


def _mark(session: Session, ids: Sequence[int], expired_at: object) -> int:
    session.execute(update(UserCoupon).where(UserCoupon.id.in_(ids)).values(expired_at=expired_at))
    outbox.put(session, UserCoupon.id.in_(ids))
    return len(ids)
