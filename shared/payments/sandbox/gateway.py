"""The sandbox's gateway: what Alipay answers to a query, a refund or for a bill, signed as Alipay signs it."""

import json
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from sqlalchemy.orm import Session, sessionmaker

from shared.models import SandboxRefund
from shared.payments.sandbox import books, signing
from shared.payments.sandbox.bill import bill_file
from shared.payments.sandbox.cashier import SELLER_ID
from shared.payments.sandbox.keys import Keys

Answer = dict[str, Any]


class Gateway:
    """Answers signed requests from the books; its bills are to be had at `bills`."""

    def __init__(
        self, keys: Keys, sessions: sessionmaker[Session], bills: str = "https://sandbox.invalid/bill"
    ) -> None:
        self._keys = keys
        self._sessions = sessions
        self._bills = bills

    def answer(self, query: str) -> str:
        """The JSON that answers the request in `query`, form-encoded."""
        request = dict(parse_qsl(query, keep_blank_values=True))
        content = json.dumps(self._content(request), ensure_ascii=False, separators=(",", ":"))
        name = f"{request.get('method', '').replace('.', '_')}_response"
        return f'{{"{name}":{content},"sign":"{signing.sign(self._keys.provider, content)}"}}'

    def file_at(self, url: str) -> bytes:
        """The bill that one of its own answers named."""
        day = date.fromisoformat(dict(parse_qsl(urlsplit(url).query))["day"])
        with self._sessions() as session:
            return bill_file(session, day, SELLER_ID) or b""

    def _content(self, request: dict[str, str]) -> Answer:
        if not signing.is_genuine(self._keys.app.public_key(), request):
            return _refused("isv.invalid-signature", code="40002")
        try:
            with self._sessions.begin() as session:
                return self._act(session, request.get("method", ""), json.loads(request["biz_content"]))
        except (LookupError, ValueError, TypeError, InvalidOperation):
            return _refused("isv.invalid-parameter", code="40002")

    def _act(self, session: Session, method: str, wanted: Answer) -> Answer:
        match method:
            case "alipay.trade.query":
                return _query(session, str(wanted["out_trade_no"]))
            case "alipay.trade.refund":
                return _refund(session, wanted)
            case "alipay.trade.fastpay.refund.query":
                return _refund_query(session, str(wanted["out_request_no"]))
            case "alipay.data.dataservice.bill.downloadurl.query":
                return self._bill(session, date.fromisoformat(wanted["bill_date"]))
        return _refused("isv.invalid-method", code="40002")

    def _bill(self, session: Session, day: date) -> Answer:
        if bill_file(session, day, SELLER_ID) is None:
            return _refused("isp.bill_not_exist")
        return _done(bill_download_url=f"{self._bills}?{urlencode({'day': day.isoformat()})}")


def _query(session: Session, out_trade_no: str) -> Answer:
    trade = books.find_trade(session, out_trade_no)
    if trade is None:
        return _refused("ACQ.TRADE_NOT_EXIST")
    status = "TRADE_CLOSED" if trade.refunded == trade.amount else "TRADE_SUCCESS"
    return _done(
        trade_no=trade.trade_no, out_trade_no=out_trade_no, trade_status=status, total_amount=f"{trade.amount:.2f}"
    )


def _refund(session: Session, wanted: Answer) -> Answer:
    trade_no, request_no = str(wanted["trade_no"]), str(wanted["out_request_no"])
    amount = Decimal(wanted["refund_amount"])
    try:
        is_new = books.give_money_back(session, trade_no, amount, request_no)
    except books.CannotRefund as refusal:
        return _refused(str(refusal))
    return _done(trade_no=trade_no, refund_fee=f"{amount:.2f}", fund_change="Y" if is_new else "N")


def _refund_query(session: Session, request_no: str) -> Answer:
    made = session.get(SandboxRefund, request_no)
    return _done() if made is None else _done(trade_no=made.trade_no, refund_status="REFUND_SUCCESS")


def _done(**told: str) -> Answer:
    return {"code": "10000", "msg": "Success", **told}


def _refused(sub_code: str, code: str = "40004") -> Answer:
    return {"code": code, "msg": "Business Failed", "sub_code": sub_code, "sub_msg": sub_code}
