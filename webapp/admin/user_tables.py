"""What there is to see of a user, the newest of each."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from shared.accounts.ledger import ledger_of
from shared.models import CreditGrant, Login, Order, User, UserCoupon
from shared.order_status import OrderStatus
from webapp.admin import links
from webapp.admin.view import Table
from webapp.admin.words import say
from webapp.current import session

NEWEST = 50
ACTIONS = {"take": "Held", "give_back": "Given back", "grant": "Granted"}


def tables(user: User) -> list[Table]:
    """Their orders, what became of their credit and coupons, who granted them credit, and the coupons they have."""
    return [_orders(user), _ledger(user), _grants(user), _coupons(user)]


def logins(user: User) -> Sequence[Login]:
    """Where they are logged in."""
    return (
        session().scalars(select(Login).where(Login.user_id == user.id).order_by(Login.id.desc()).limit(NEWEST)).all()
    )


def _orders(user: User) -> Table:
    mine = select(Order).where(Order.user_id == user.id).order_by(Order.id.desc()).limit(NEWEST)
    rows: list[list[Any]] = [
        [
            links.to_order(each.id, each.order_number),
            say(OrderStatus(each.status).words),
            each.real_price,
            each.created_at,
        ]
        for each in session().scalars(mine)
    ]
    return "Orders", ["Number", "State", "Amount", "Placed"], rows


def _ledger(user: User) -> Table:
    rows: list[list[Any]] = [
        [
            each.created_at,
            say(ACTIONS[each.action]),
            say(each.kind),
            each.amount,
            links.to_order(each.order_id, each.order_number) if each.order_id else None,
            each.note,
        ]
        for each in session().execute(ledger_of(user.id).limit(NEWEST))
    ]
    return "Credit and coupons, held and given back", ["When", "What", "Kind", "Amount", "Order", "Note"], rows


def _grants(user: User) -> Table:
    newest = select(CreditGrant).where(CreditGrant.user_id == user.id).order_by(CreditGrant.id.desc()).limit(NEWEST)
    rows: list[list[Any]] = [
        [each.created_at, each.amount, each.note, each.staff and each.staff.username]
        for each in session().scalars(newest)
    ]
    return "Credit given and taken by staff", ["When", "Amount", "Note", "By"], rows


def _coupons(user: User) -> Table:
    theirs = (
        select(UserCoupon, Order)
        .outerjoin(Order, (Order.user_coupon_id == UserCoupon.id) & Order.is_live)
        .where(UserCoupon.user_id == user.id)
        .order_by(UserCoupon.id.desc())
        .limit(NEWEST)
    )
    rows: list[list[Any]] = [
        [
            each.id,
            each.coupon.name,
            each.coupon.end_time,
            say("over" if each.expired_at else "good"),
            holder and links.to_order(holder.id, holder.order_number),
        ]
        for each, holder in session().execute(theirs)
    ]
    return "Coupons", ["Id", "Coupon", "Until", "State", "Held by order"], rows
