"""What staff do to somebody's order: each wants a reason, and is in the audit log by the same transaction."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.accounts import audit
from shared.accounts.audit import Action, Fact
from shared.models import Order
from shared.order_status import Transition
from shared.orders.close import CANCEL, REFUND, ask_soon, give_all_money_back
from shared.orders.give_back import Closed, close
from shared.orders.own import order_not_found, wrong_state


def cancel_for_user(session: Session, order_id: int, reason: str) -> Closed:
    """Cancel an unpaid order as its user could.

    Raises NotFound, Conflict when it is not unpaid, and OwnAccount when it is their own.
    """
    closed = _close(session, order_id, CANCEL, Action.ORDER_CANCELLED, reason)
    ask_soon(session, order_id)
    return closed


def refund_for_user(session: Session, order_id: int, reason: str) -> Closed:
    """Give a paid order up and put its money down to be refunded.

    Raises NotFound, Conflict when it is not paid, and OwnAccount when it is their own.
    """
    closed = _close(session, order_id, REFUND, Action.ORDER_REFUNDED, reason)
    give_all_money_back(session, order_id, "the shop gave it back")
    return closed


def _close(session: Session, order_id: int, change: Transition, action: Action, reason: str) -> Closed:
    found = close(session, change, "id = :id", {"id": order_id}, told=", 'by', 'staff'")
    if not found:
        status = session.scalar(select(Order.status).where(Order.id == order_id))
        raise order_not_found() if status is None else wrong_state(status)
    [closed] = found
    audit.refuse_own(session, [closed.user_id])
    told = {"status": change.before}, {"status": change.after, "reason": reason}
    audit.record(session, action, Fact("order", order_id, *told))
    return closed
