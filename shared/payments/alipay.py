"""Alipay: page pay, query, refund, bill and verification."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import cached_property
from http.client import HTTPException
from typing import Any

from alipay.exceptions import AliPayException, AliPayValidationError

from shared.errors import Refused
from shared.orders import Receipt
from shared.payments.bill import BillLine, read_bill_of
from shared.payments.client import Client, beijing_time
from shared.payments.numbers import order_number_of
from shared.payments.provider import NoBill, ProviderFailed

MONEY_IS_IN = ("TRADE_SUCCESS", "TRADE_FINISHED")
LEAST_LIFE, LONGEST_LIFE = 60, 15 * 86400  # seconds; Alipay takes nothing else

_NAME = re.compile(r"[\w.-]{1,64}", re.ASCII)
_AMOUNT = re.compile(r"[0-9]{1,8}(\.[0-9]{1,2})?")

# The SDK checks little of what it reads: an answer of another shape ends in any of these.
_FAILURES = (
    AliPayException,
    AliPayValidationError,
    OSError,
    HTTPException,
    ValueError,
    LookupError,
    AttributeError,
    TypeError,
    RecursionError,
)


class Alipay:
    """The provider; `open_client` is called at the first use, so that making one costs nothing."""

    def __init__(self, open_client: Callable[[], Client]) -> None:
        self._open_client = open_client

    @cached_property
    def _client(self) -> Client:
        return self._open_client()

    def link(
        self, out_trade_no: str, amount: Decimal, subject: str, return_url: str, notify_url: str, expires_in: int
    ) -> str:
        """A signed link to Alipay's page, good for `expires_in` seconds, from a minute to a fortnight."""
        life = min(max(expires_in, LEAST_LIFE), LONGEST_LIFE)
        signed = self._client.api_alipay_trade_page_pay(
            subject=subject,
            out_trade_no=out_trade_no,
            total_amount=f"{amount:.2f}",
            return_url=return_url,
            notify_url=notify_url,
            time_expire=beijing_time(life),
        )
        return f"{self._client.cashier_url(return_url)}?{signed}"

    def verify(self, notice: Mapping[str, str]) -> Receipt | None:
        """The money of a notice whose signature, app and seller are right; None while none is in. Raises Refused."""
        self._verify_origin(notice)
        if "trade_status" not in notice:
            raise Refused("notice_incomplete", "The notice does not say how the trade stands.")
        return _receipt(notice) if notice["trade_status"] in MONEY_IS_IN else None

    def verify_return(self, params: Mapping[str, str]) -> str:
        """The trade with which a browser came back, its signature verified. Raises Refused."""
        self._verify_origin(params)
        _receipt(params)
        return params["out_trade_no"]

    def ask(self, out_trade_no: str) -> Receipt | None:
        """The money of a trade by `alipay.trade.query`, None while none is in. Raises ProviderFailed."""
        answer = self._call("api_alipay_trade_query", out_trade_no=out_trade_no)
        if answer.get("sub_code") == "ACQ.TRADE_NOT_EXIST":
            return None
        _check_success(answer)
        if answer.get("out_trade_no") != out_trade_no:
            raise ProviderFailed("the answer is about another order")
        if answer.get("trade_status") not in MONEY_IS_IN:
            return None
        try:
            return _receipt(answer)
        except Refused as nonsense:
            raise ProviderFailed(nonsense.detail) from None

    def refund(self, trade_no: str, amount: Decimal, request_no: str) -> None:
        """Refund by `alipay.trade.refund`, once for a `request_no`. Raises ProviderFailed."""
        answer = self._call(
            "api_alipay_trade_refund",
            trade_no=trade_no,
            refund_amount=f"{amount:.2f}",
            out_request_no=request_no,
        )
        _check_success(answer)
        if answer.get("fund_change") != "Y":  # done before, or not done: only the query tells
            self._check_refunded(trade_no, request_no)

    def bill(self, day: date) -> Iterable[BillLine]:
        """As `Provider` says."""
        wanted = {"bill_type": "trade", "bill_date": f"{day:%Y-%m-%d}"}
        answer = self._call("server_api", api_name="alipay.data.dataservice.bill.downloadurl.query", biz_content=wanted)
        if "bill_not_exist" in str(answer.get("sub_code", "")).lower():
            raise NoBill(f"there is no bill of {day}")
        _check_success(answer)
        return read_bill_of(day, self._call("download", url=str(answer.get("bill_download_url", ""))))

    def _check_refunded(self, trade_no: str, request_no: str) -> None:
        answer = self._call("api_alipay_trade_fastpay_refund_query", trade_no=trade_no, out_request_no=request_no)
        _check_success(answer)
        if answer.get("refund_status") != "REFUND_SUCCESS":
            raise ProviderFailed("the refund is not done yet")

    def _verify_origin(self, params: Mapping[str, str]) -> None:
        signed = {name: value for name, value in params.items() if name != "sign"}
        try:
            is_genuine = self._client.verify(signed, params.get("sign", ""))
        except (AliPayException, ValueError):  # another kind of signature, or none at all
            is_genuine = False
        if not is_genuine:
            raise Refused("bad_signature", "The signature is not the provider's.")
        if params.get("app_id") != self._client.appid:
            raise Refused("wrong_app", "This is about another app.")
        if params.get("auth_app_id", self._client.appid) != self._client.appid:
            raise Refused("wrong_app", "This was authorized by another app.")
        if params.get("seller_id") != self._client.seller_id:
            raise Refused("wrong_seller", "This is about another seller's money.")

    def _call(self, name: str, **arguments: Any) -> Any:
        try:
            return getattr(self._client, name)(**arguments)
        except _FAILURES as error:
            raise ProviderFailed(f"{type(error).__name__}: {error}") from error


def _receipt(fields: Mapping[str, Any]) -> Receipt:
    """The money that signed fields speak of. Raises Refused when they do not."""
    number, trade_no, amount = (str(fields.get(name, "")) for name in ("out_trade_no", "trade_no", "total_amount"))
    if not (_NAME.fullmatch(number) and _NAME.fullmatch(trade_no) and _AMOUNT.fullmatch(amount) and Decimal(amount)):
        raise Refused("notice_incomplete", "The order's number, the trade's number or the amount is missing.")
    return Receipt(order_number_of(number), trade_no, Decimal(amount))


def _check_success(answer: Mapping[str, Any]) -> None:
    if answer.get("code") != "10000":
        told = (str(answer.get(name, "")) for name in ("code", "sub_code", "sub_msg"))
        raise ProviderFailed(" ".join(filter(None, told)) or "no code")
