"""A user's ledger: what their orders held and gave back, what staff granted, and the credit left after each."""

from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, case, func, literal, null, select, union_all

from shared.models import CreditGrant, LedgerEntry, Order, User
from shared.order_status import OrderStatus

HELD, SPENT, GIVEN_BACK, GRANTED, WITHDRAWN = EFFECTS = ("held", "spent", "given_back", "granted", "withdrawn")
"""What an entry means to the user; what is held becomes spent when its order is paid."""


def ledger_of(user_id: int) -> Select[*tuple[Any, ...]]:
    """The entries of the user, newest first, each with its `effect` and the credit they had after it, `balance`.

    The balance is reckoned back from the credit of now: an account may have begun with some.
    """
    entries = _entries(user_id)
    newest_first = (entries.c.created_at.desc(), entries.c.action, entries.c.id.desc())
    newer = func.sum(entries.c.change).over(order_by=newest_first, rows=(None, -1))
    credit = select(User.credit).where(User.id == user_id).scalar_subquery()
    return select(entries, (credit - func.coalesce(newer, 0)).label("balance")).order_by(*newest_first)


def _entries(user_id: int) -> Subquery:
    holds = (
        select(
            LedgerEntry.id,
            LedgerEntry.created_at,
            LedgerEntry.kind,
            LedgerEntry.action,
            LedgerEntry.amount,
            LedgerEntry.order_id,
            Order.order_number,
            LedgerEntry.user_coupon_id,
            literal("").label("note"),
            _effect().label("effect"),
            _change().label("change"),
        )
        .join(Order, Order.id == LedgerEntry.order_id)
        .where(LedgerEntry.user_id == user_id)
    )
    grants = select(
        CreditGrant.id,
        CreditGrant.created_at,
        literal("credit"),
        literal("grant"),
        CreditGrant.amount,
        null(),
        null(),
        null(),
        CreditGrant.note,
        case((CreditGrant.amount < 0, WITHDRAWN), else_=GRANTED),
        CreditGrant.amount,
    ).where(CreditGrant.user_id == user_id)
    return union_all(holds, grants).subquery()


def _effect() -> ColumnElement[str]:
    is_spent = (Order.status == OrderStatus.PAID) & (Order.round == LedgerEntry.round)
    return case((LedgerEntry.action == "give_back", GIVEN_BACK), (is_spent, SPENT), else_=HELD)


def _change() -> ColumnElement[int]:
    """By how much the credit grew."""
    return case(
        (LedgerEntry.kind != "credit", 0),
        (LedgerEntry.action == "take", -LedgerEntry.amount),
        else_=LedgerEntry.amount,
    )
