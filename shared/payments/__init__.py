"""Paying: the provider behind a protocol, and what is done with what it says. See docs/payment.md."""

from sqlalchemy.orm import Session, sessionmaker

from shared.payments.agreement import WrongProvider, agree, agree_if_possible, agree_or_exit
from shared.payments.alipay import Alipay
from shared.payments.bill import read_bill
from shared.payments.bill_archive import BadBill
from shared.payments.client import Account, Client
from shared.payments.numbers import order_number_of, out_trade_no
from shared.payments.payment_poller import PaymentPoller
from shared.payments.provider import Provider, ProviderFailed
from shared.payments.queries import Inquiry, ask_next, expect
from shared.payments.reconciler import Reconciler, describe
from shared.payments.reconciliation import Reconciled, reconcile, reconcile_day, yesterday
from shared.payments.record import record
from shared.payments.refunds import RefundTry, refund_next
from shared.payments.sandbox import Sandbox

__all__ = [
    "BadBill",
    "Inquiry",
    "PaymentPoller",
    "Provider",
    "ProviderFailed",
    "Reconciled",
    "Reconciler",
    "RefundTry",
    "Sandbox",
    "WrongProvider",
    "agree",
    "agree_if_possible",
    "agree_or_exit",
    "ask_next",
    "describe",
    "expect",
    "open_provider",
    "order_number_of",
    "out_trade_no",
    "read_bill",
    "reconcile",
    "reconcile_day",
    "record",
    "refund_next",
    "yesterday",
]


def open_provider(account: Account | None, sessions: sessionmaker[Session]) -> Provider:
    """Alipay for that account; without one the sandbox, which keeps its books in the same database."""
    return Sandbox(sessions) if account is None else Alipay(lambda: Client(account))
