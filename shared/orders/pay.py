"""Money that came in: an unpaid order becomes paid; what comes late is honoured or refunded."""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.errors import Conflict
from shared.models import Order, Payment
from shared.order_status import RECOVER_WITHIN, OrderStatus
from shared.orders import log
from shared.orders.money import HONOURED, PAID, REFUNDED, give_money_back
from shared.orders.own import order_not_found
from shared.orders.owned import refuse_order_with_owned
from shared.orders.recover import become_live, check_window, database_now
from shared.stores.locks import lock_user


@dataclass(frozen=True)
class Receipt:
    """What a provider says it took: its own trade number, our order number and the amount."""

    order_number: str
    trade_no: str
    amount: Decimal


@dataclass(frozen=True)
class Settled:
    """What became of a payment. `is_late` says that the order was no longer unpaid; `is_new` that we had not heard."""

    order: Order
    payment: Payment
    is_late: bool
    is_new: bool


def settle(session: Session, receipt: Receipt, recover_within: int = RECOVER_WITHIN) -> Settled:
    """Record the money and honour it if that can be; what cannot be kept is put down to be refunded.

    The same trade again changes nothing. An amount that is not the order's is not what was asked for: it is
    refunded, and so is what comes more than `recover_within` seconds after the order was closed, or for a course
    that is owned by then. Raises NotFound when no order has that number, and Conflict when the trade is known
    as another order's.
    """
    order = _locked(session, receipt.order_number)
    known = session.scalar(select(Payment).where(Payment.trade_no == receipt.trade_no))
    if known is not None:
        if known.order_id != order.id:
            raise Conflict("trade_of_another_order", f"Trade {receipt.trade_no} paid for another order.")
        return Settled(order, known, is_late=False, is_new=False)
    is_late = order.status in (OrderStatus.CANCELLED, OrderStatus.TIMED_OUT)
    outcome, reason = _outcome(session, order, receipt, recover_within)
    payment = Payment(
        order_id=order.id, trade_no=receipt.trade_no, amount=receipt.amount, outcome=outcome, reason=reason
    )
    session.add(payment)
    session.flush()
    if outcome == REFUNDED:
        give_money_back(session, payment, reason)
    return Settled(order, payment, is_late=is_late, is_new=True)


def _locked(session: Session, order_number: str) -> Order:
    query = select(Order).where(Order.order_number == order_number).with_for_update(key_share=True)
    # What the session read before it had the lock may be over by now.
    order = session.scalar(query.execution_options(populate_existing=True))
    if order is None:
        raise order_not_found()
    lock_user(session, order.user_id)
    return order


def _outcome(session: Session, order: Order, receipt: Receipt, recover_within: int) -> tuple[str, str]:
    """What becomes of the money, and why; the order is changed, and its history told, accordingly."""
    if receipt.amount != order.real_price:
        return _send_back(session, order, receipt, "the amount is not the order's")
    match OrderStatus(order.status):
        case OrderStatus.UNPAID:
            return _take_in_time(session, order, receipt)
        case OrderStatus.CANCELLED | OrderStatus.TIMED_OUT as closed:
            return _honour_late(session, order, receipt, f"paid after it was {closed.words}", recover_within)
        case OrderStatus.PAID | OrderStatus.REFUNDED as done:
            return _send_back(session, order, receipt, f"paid again after it was {done.words}")


def _send_back(session: Session, order: Order, receipt: Receipt, reason: str) -> tuple[str, str]:
    log.append(session, order, "payment", payment=REFUNDED, reason=reason, **_money(receipt))
    return REFUNDED, reason


def _take_in_time(session: Session, order: Order, receipt: Receipt) -> tuple[str, str]:
    try:
        refuse_order_with_owned(session, order)
    except Conflict as owned:
        return _send_back(session, order, receipt, owned.detail)
    order.status, order.paid_at = OrderStatus.PAID, database_now(session)
    log.append(session, order, payment=PAID, **_money(receipt))
    return PAID, ""


def _honour_late(session: Session, order: Order, receipt: Receipt, reason: str, recover_within: int) -> tuple[str, str]:
    paid_at = database_now(session)
    told = {"payment": HONOURED, "reason": reason, **_money(receipt)}
    try:
        check_window(session, order, recover_within)
        with session.begin_nested():
            become_live(session, order, told, status=OrderStatus.PAID, paid_at=paid_at)
    except Conflict as gone:
        session.refresh(order)
        reason = f"{reason}: {gone.detail}"
        order.status, order.paid_at, order.hidden = OrderStatus.REFUNDED, paid_at, False
        log.append(session, order, payment=REFUNDED, reason=reason, **_money(receipt))
        return REFUNDED, reason
    return HONOURED, reason


def _money(receipt: Receipt) -> dict[str, str]:
    return {"amount": f"{receipt.amount:.2f}", "trade_no": receipt.trade_no}
