"""Taking: the mirror image of `shared.orders.give_back`, for one order that becomes live."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.coupons import outbox
from shared.errors import Conflict
from shared.models import LedgerEntry, Order, UserCoupon
from shared.orders import log

_TAKE_CREDIT = "UPDATE users SET credit = credit - :credit WHERE id = :user_id AND credit >= :credit RETURNING id"


def take(session: Session, order: Order, **told: Any) -> None:
    """Take the credit and the coupon of an order already written as live, and tell of it, and of `told`.

    Locks the user's row, also when there is nothing to take. Raises Conflict when the credit is gone.
    """
    taken = session.execute(text(_TAKE_CREDIT), {"credit": order.credit, "user_id": order.user_id}).first()
    if taken is None:
        raise Conflict("credit_gone", "The account no longer has the credit of this order.")
    if order.credit:
        session.add(_entry(order, "credit", order.credit))
    if order.user_coupon_id:
        session.add(_entry(order, "coupon", 1, order.user_coupon_id))
        outbox.put(session, UserCoupon.id == order.user_coupon_id)
    log.append(session, order, **told)
    session.flush()


def _entry(order: Order, kind: str, amount: int, user_coupon_id: int | None = None) -> LedgerEntry:
    return LedgerEntry(
        order_id=order.id,
        user_id=order.user_id,
        kind=kind,
        action="take",
        round=order.round,
        amount=amount,
        user_coupon_id=user_coupon_id,
    )
