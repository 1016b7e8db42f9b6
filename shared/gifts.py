"""Credit and coupons for many: who is meant, who could not be given and why, and giving it once, in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, insert, select, text, update
from sqlalchemy.orm import Session

from shared.accounts import audit
from shared.accounts.audit import Action, Fact
from shared.coupons import outbox
from shared.coupons.grants import refuse_if_not_given
from shared.errors import Refused
from shared.idempotency import recall, remember
from shared.models import Coupon, CreditGrant, Order, User, UserCoupon
from shared.order_status import OrderStatus

MOST = 5000
"""Users of one gift; what one request can do."""

_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('lapse gifts'))")


class Why(StrEnum):
    """Why somebody could not be given."""

    UNKNOWN = "there is no such user"
    BLOCKED = "is blocked"
    OWN = "is yourself"
    HAS_IT = "already has it"
    SOLD_OUT = "none is left"


@dataclass(frozen=True)
class Gift:
    """So many credits, or one of a coupon, and why."""

    reason: str
    credit: int = 0
    coupon_id: int | None = None


@dataclass(frozen=True)
class Whom:
    """The users of these names, or else all customers for whom everything said holds."""

    names: Sequence[str] | None = None
    bought_nothing: bool = False
    spent_at_least: Decimal | None = None
    since: datetime | None = None


@dataclass
class Plan:
    """Who would be given, as ids and names, and who could not."""

    users: list[tuple[int, str]] = field(default_factory=list)
    refused: list[tuple[str, Why]] = field(default_factory=list)


def plan(session: Session, gift: Gift, whom: Whom, staff_id: int) -> Plan:
    """Who would be given now. Raises Refused for more than `MOST` users, or a coupon that cannot be given."""
    found = session.execute(_meant(whom).order_by(User.id).limit(MOST + 1)).all()
    if len(found) > MOST:
        raise Refused("too_many", f"A gift is for at most {MOST} users; say more closely for whom.")
    known = {row.username for row in found}
    drawn = Plan(refused=[(name, Why.UNKNOWN) for name in whom.names or () if name not in known])
    left, had = _of_coupon(session, gift.coupon_id) if gift.coupon_id is not None else (MOST, {})
    for row in found:
        why = _why_not(row, staff_id, had, left - len(drawn.users))
        if why is None:
            drawn.users.append((row.id, row.username))
        else:
            drawn.refused.append((row.username, why))
    return drawn


def give(session: Session, gift: Gift, whom: Whom, staff_id: int, token: str) -> Plan | None:
    """Give to whoever can be given now; None when this was done before under the same token. The caller commits.

    Raises what `plan` does, and Unprocessable when the token came with another gift.
    """
    session.execute(_ONE_AT_A_TIME)
    request = {"gift": repr(gift), "whom": repr(whom)}
    if recall(session, staff_id, token, request) is not None:
        return None
    drawn = plan(session, gift, whom, staff_id)
    ids = [id for id, _ in drawn.users]
    if gift.coupon_id is None:
        _give_credit(session, gift, ids, staff_id)
    else:
        _give_coupon(session, gift, ids)
    remember(session, staff_id, token, request, {"given": len(ids)})
    return drawn


def _meant(whom: Whom) -> Select[int, str, bool]:
    users = select(User.id, User.username, User.is_disabled)
    if whom.names is not None:
        return users.where(User.username.in_(whom.names))
    paid = (Order.user_id == User.id, Order.status == OrderStatus.PAID)
    rules: list[ColumnElement[bool]] = [User.is_staff.is_(False)]
    if whom.bought_nothing:
        rules.append(~exists().where(*paid))
    if whom.spent_at_least is not None:
        spent = select(func.coalesce(func.sum(Order.real_price), 0)).where(*paid).scalar_subquery()
        rules.append(spent >= whom.spent_at_least)
    if whom.since is not None:
        rules.append(User.created_at >= whom.since)
    return users.where(*rules)


def _of_coupon(session: Session, coupon_id: int) -> tuple[int, dict[int, bool]]:
    """How many of it are left, and which users have as many as they may; its row is locked, as claims lock it."""
    coupon = session.scalar(select(Coupon).where(Coupon.id == coupon_id).with_for_update(key_share=True))
    refuse_if_not_given(session, coupon_id)
    assert coupon is not None  # noqa: S101 - for the type checker; it was there a line ago
    counts = select(UserCoupon.user_id, func.count()).where(UserCoupon.coupon_id == coupon_id)
    had = dict(session.execute(counts.group_by(UserCoupon.user_id)).all())
    left = coupon.total - sum(had.values()) if coupon.total else MOST
    return left, {user_id: count >= coupon.per_user for user_id, count in had.items()}


def _why_not(user: Any, staff_id: int, had: dict[int, bool], left: int) -> Why | None:
    if user.id == staff_id:
        return Why.OWN
    if user.is_disabled:
        return Why.BLOCKED
    if had.get(user.id):
        return Why.HAS_IT
    return Why.SOLD_OUT if left <= 0 else None


def _give_credit(session: Session, gift: Gift, ids: Sequence[int], staff_id: int) -> None:
    session.execute(select(User.id).where(User.id.in_(ids)).order_by(User.id).with_for_update(key_share=True))
    richer = update(User).where(User.id.in_(ids)).values(credit=User.credit + gift.credit)
    credit = richer.returning(User.id, User.credit).execution_options(synchronize_session=False)
    now = sorted(session.execute(credit).all())
    rows = [{"user_id": id, "staff_id": staff_id, "amount": gift.credit, "note": gift.reason} for id in ids]
    if rows:
        session.execute(insert(CreditGrant), rows)
    told = [
        Fact("user", id, {"credit": credit - gift.credit}, {"credit": credit, "note": gift.reason})
        for id, credit in now
    ]
    audit.record(session, Action.CREDIT_GRANTED, *told)


def _give_coupon(session: Session, gift: Gift, ids: Sequence[int]) -> None:
    rows = [{"user_id": id, "coupon_id": gift.coupon_id} for id in ids]
    if not rows:
        return
    new = session.execute(insert(UserCoupon).returning(UserCoupon.id, UserCoupon.user_id), rows).all()
    outbox.put(session, UserCoupon.id.in_([id for id, _ in new]))
    told = {"coupon": gift.coupon_id, "reason": gift.reason}
    audit.record(
        session, Action.COUPON_GIVEN, *(Fact("user_coupon", id, after=told | {"user": user}) for id, user in new)
    )
