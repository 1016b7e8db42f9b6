"""Paying: the provider behind a protocol, and what is done with what it says. See docs/payment.md."""

from sqlalchemy.orm import Session, sessionmaker

from shared.payments.agreement import WrongProvider, agree, agree_if_possible, agree_or_exit
from shared.payments.alipay import Alipay
from shared.payments.client import Account, Client
from shared.payments.numbers import order_number_of, out_trade_no
from shared.payments.payment_poller import PaymentPoller
from shared.payments.provider import Provider, ProviderFailed
from shared.payments.queries import Inquiry, ask_next, expect
from shared.payments.record import record
from shared.payments.refunds import RefundTry, refund_next
from shared.payments.sandbox import Sandbox

__all__ = [
    "Inquiry",
    "PaymentPoller",
    "Provider",
    "ProviderFailed",
    "RefundTry",
    "Sandbox",
    "WrongProvider",
    "agree",
    "agree_if_possible",
    "agree_or_exit",
    "ask_next",
    "expect",
    "open_provider",
    "order_number_of",
    "out_trade_no",
    "record",
    "refund_next",
]


def open_provider(account: Account | None, sessions: sessionmaker[Session]) -> Provider:
    """Alipay for that account; without one the sandbox, which keeps its books in the same database."""
    return Sandbox(sessions) if account is None else Alipay(lambda: Client(account))
