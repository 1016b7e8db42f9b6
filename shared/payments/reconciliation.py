"""Comparing a day's bill with our books. A bill that cannot be read to its end changes nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from shared.models import BilledMoney
from shared.payments.bill import BillLine
from shared.payments.bill_archive import BadBill
from shared.payments.client import BEIJING
from shared.payments.differences import OURS_OF_THE_DAY, Difference, keep_differences
from shared.payments.numbers import order_number_of
from shared.payments.provider import NoBill, Provider

AT_ONCE = 1000  # lines
PATIENCE = timedelta(days=2)
"""After its end a day without a bill had no trades; sooner its bill may only be late, if we know of trades."""

# Two at once would each add its lines, and resolve what the other found.
_ONE_AT_A_TIME = "LOCK TABLE payment_differences IN SHARE ROW EXCLUSIVE MODE"
_DONE = """
INSERT INTO reconciliations (day, done_at) VALUES (:day, clock_timestamp())
ON CONFLICT (day) DO UPDATE SET done_at = excluded.done_at, error = NULL
"""
_FORGET = "DELETE FROM billed_money WHERE day = :day"


@dataclass(frozen=True)
class Reconciled:
    """A day whose bill was compared: how many lines it had, and everything that differs by now."""

    day: date
    lines: int
    differences: list[Difference]


def yesterday() -> date:
    """The last day in Beijing that is over."""
    return datetime.now(BEIJING).date() - timedelta(days=1)


def reconcile_day(session: Session, provider: Provider, day: date) -> Reconciled:
    """Ask the provider for the bill of a day and compare it; as `reconcile`.

    Begins with no transaction open. Raises ProviderFailed too, NoBill among it where the bill may still come.
    """
    _check_over(day)
    try:
        lines = provider.bill(day)
    except NoBill:
        if day > yesterday() - PATIENCE and session.execute(text(OURS_OF_THE_DAY), {"day": day}).first():
            raise
        lines = ()
    return reconcile(session, day, lines)


def reconcile(session: Session, day: date, lines: Iterable[BillLine]) -> Reconciled:
    """Take the lines in the place of those of an earlier reading, and keep what differs. Commits.

    Raises BadBill for a day that is not over, and as the lines do; then nothing is changed.
    """
    _check_over(day)
    session.rollback()
    session.execute(text(_ONE_AT_A_TIME))
    session.execute(text(_DONE), {"day": day})
    session.execute(text(_FORGET), {"day": day})
    try:
        count = _take(session, day, lines)
    except BadBill:
        session.rollback()
        raise
    differences = keep_differences(session, day)
    session.commit()
    return Reconciled(day, count, differences)


def _take(session: Session, day: date, lines: Iterable[BillLine]) -> int:
    count = 0
    upcoming = iter(lines)
    while some := [_row(day, line) for line in islice(upcoming, AT_ONCE)]:
        session.execute(insert(BilledMoney), some)
        count += len(some)
    return count


def _row(day: date, line: BillLine) -> dict[str, object]:
    return {
        "day": day,
        "is_refund": line.is_refund,
        "trade_no": line.trade_no,
        "request_no": line.request_no,
        "order_number": order_number_of(line.out_trade_no),
        "amount": line.amount,
    }


def _check_over(day: date) -> None:
    if day > yesterday():
        raise BadBill(f"{day} is not over in Beijing")
