"""What the shop asks of whoever takes the money."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Protocol

from shared.orders import Receipt
from shared.payments.bill import BillLine


class ProviderFailed(Exception):
    """The provider did not answer, or would not do it now. Asking again later is safe."""


class NoBill(ProviderFailed):
    """There is no bill of that day: it is not written yet, or there was nothing to write."""


class Provider(Protocol):
    """A payment provider. None of the methods may be called with a transaction open: some wait for the network.

    What an order is called there, its `out_trade_no`, is `shared.payments.numbers`' business.
    """

    def link(
        self, out_trade_no: str, amount: Decimal, subject: str, return_url: str, notify_url: str, expires_in: int
    ) -> str:
        """Where a browser pays. Afterwards it goes to `return_url`; `notify_url` is told by the provider itself."""
        ...

    def verify(self, notice: Mapping[str, str]) -> Receipt | None:
        """The money a notice tells of; None for a genuine one that tells of none. Raises Refused for a forged one."""
        ...

    def verify_return(self, params: Mapping[str, str]) -> str:
        """The `out_trade_no` with which a browser came back; no proof of payment. Raises Refused for a forged one."""
        ...

    def ask(self, out_trade_no: str) -> Receipt | None:
        """The money taken for that trade, None if there is none. Raises ProviderFailed."""
        ...

    def refund(self, trade_no: str, amount: Decimal, request_no: str) -> None:
        """Give the money of the provider's trade back; the same `request_no` gives back once. Raises ProviderFailed."""
        ...

    def bill(self, day: date) -> Iterable[BillLine]:
        """What it took and gave back on a day in Beijing, which must be over; read as it is asked for.

        Raises ProviderFailed, NoBill, and, also while it is read, BadBill.
        """
        ...
