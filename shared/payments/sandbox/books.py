"""The sandbox provider's own books. Like a real provider it has one trade for each order number."""

from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from shared.models import SandboxRefund, SandboxTrade


class CannotRefund(Exception):
    """There is no such trade, or not that much left of it."""


def find_trade(session: Session, order_number: str) -> SandboxTrade | None:
    """The trade of that order, if its money was taken."""
    return session.scalar(select(SandboxTrade).where(SandboxTrade.out_trade_no == order_number).limit(1))


def take_money(session: Session, order_number: str, amount: Decimal) -> SandboxTrade:
    """Take the money, once: the trade's number follows from the order's, so taking it again finds the same trade."""
    trade_no = f"SB{order_number}"
    taken = insert(SandboxTrade).values(trade_no=trade_no, out_trade_no=order_number, amount=amount)
    session.execute(taken.on_conflict_do_nothing())
    return session.scalars(select(SandboxTrade).where(SandboxTrade.trade_no == trade_no)).one()


def give_money_back(session: Session, trade_no: str, amount: Decimal, request_no: str) -> bool:
    """Give money back; False when this request did so before. Raises CannotRefund."""
    trade = session.scalar(select(SandboxTrade).where(SandboxTrade.trade_no == trade_no).with_for_update())
    if trade is None:
        raise CannotRefund("ACQ.TRADE_NOT_EXIST")
    if session.get(SandboxRefund, request_no) is not None:
        return False
    if trade.refunded + amount > trade.amount:
        raise CannotRefund("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL")
    trade.refunded += amount
    session.add(SandboxRefund(request_no=request_no, trade_no=trade_no, amount=amount))
    return True
