"""The sandbox provider's own books. Like a real provider it has one trade for each `out_trade_no`."""

from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from shared.models import SandboxRefund, SandboxTrade


class CannotRefund(Exception):
    """There is no such trade, or not that much left of it."""


def find_trade(session: Session, out_trade_no: str) -> SandboxTrade | None:
    """The trade of that number, if its money was taken."""
    return session.scalar(select(SandboxTrade).where(SandboxTrade.out_trade_no == out_trade_no).limit(1))


def take_money(session: Session, out_trade_no: str, amount: Decimal, subject: str = "") -> SandboxTrade:
    """Take the money, once: the trade's number follows from the app's, so taking it again finds the same trade."""
    trade_no = f"SB{out_trade_no}"
    taken = insert(SandboxTrade).values(trade_no=trade_no, out_trade_no=out_trade_no, amount=amount, subject=subject)
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
