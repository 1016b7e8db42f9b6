"""The sandbox's cashier: takes money at any time, as a real provider may, and says so with signed words."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlencode, urlsplit

from sqlalchemy.orm import Session, sessionmaker

from shared.errors import Refused
from shared.models import SandboxTrade
from shared.payments.client import beijing_time
from shared.payments.numbers import order_number_of
from shared.payments.sandbox import books, signing
from shared.payments.sandbox.keys import Keys

SELLER_ID = "2088000000000000"

_AMOUNT = re.compile(r"[0-9]{1,8}\.[0-9]{2}")


@dataclass(frozen=True)
class Bill:
    """What an app's signed request asks somebody to pay, and until when by the clock of Beijing."""

    app_id: str
    out_trade_no: str
    amount: Decimal
    subject: str
    return_url: str
    time_expire: str

    @property
    def order_number(self) -> str:
        """The order that it is for."""
        return order_number_of(self.out_trade_no)


class Cashier:
    """Reads bills, takes their money, and writes the notice and the way back."""

    def __init__(self, app_id: str, keys: Keys, sessions: sessionmaker[Session]) -> None:
        self._app_id = app_id
        self._keys = keys
        self._sessions = sessions

    def read(self, request: Mapping[str, str]) -> Bill:
        """The bill in a request that the app signed. Raises Refused for any other."""
        is_ours = request.get("app_id") == self._app_id and request.get("method") == "alipay.trade.page.pay"
        if not (is_ours and signing.is_genuine(self._keys.app.public_key(), request)):
            raise Refused("bad_signature", "The app did not sign this.")
        try:
            return _bill(request)
        except (LookupError, ValueError, TypeError):
            raise Refused("bad_bill", "The bill is not complete.") from None

    def is_paid(self, bill: Bill) -> bool:
        """Whether its money was taken."""
        with self._sessions() as session:
            return books.find_trade(session, bill.out_trade_no) is not None

    def charge(self, bill: Bill) -> SandboxTrade:
        """Take the money; when it was taken before, the trade of that time."""
        with self._sessions(expire_on_commit=False) as session:
            trade = books.take_money(session, bill.out_trade_no, bill.amount, bill.subject)
            session.commit()
            return trade

    def notice(self, bill: Bill, trade: SandboxTrade) -> dict[str, str]:
        """What the app is told."""
        now = beijing_time()
        said = _common(bill, trade) | {
            "notify_type": "trade_status_sync",
            "notify_id": f"N{trade.trade_no}",
            "notify_time": now,
            "gmt_payment": now,
            "subject": bill.subject,
            "trade_status": "TRADE_SUCCESS",
            "receipt_amount": f"{trade.amount:.2f}",
        }
        return signing.signed(self._keys.provider, said)

    def way_back(self, bill: Bill, trade: SandboxTrade) -> str:
        """`return_url` with what the browser brings along."""
        said = _common(bill, trade) | {"method": "alipay.trade.page.pay.return", "timestamp": beijing_time()}
        joint = "&" if urlsplit(bill.return_url).query else "?"
        return f"{bill.return_url}{joint}{urlencode(signing.signed(self._keys.provider, said))}"


def _bill(request: Mapping[str, str]) -> Bill:
    wanted = json.loads(request["biz_content"])
    amount = str(wanted["total_amount"])
    back = request["return_url"]
    if not _AMOUNT.fullmatch(amount) or urlsplit(back).scheme not in ("http", "https"):
        raise ValueError
    number, subject, until = (str(wanted[name]) for name in ("out_trade_no", "subject", "time_expire"))
    return Bill(request["app_id"], number, Decimal(amount), subject, back, until)


def _common(bill: Bill, trade: SandboxTrade) -> dict[str, str]:
    return {
        "app_id": bill.app_id,
        "auth_app_id": bill.app_id,
        "seller_id": SELLER_ID,
        "charset": "utf-8",
        "version": "1.0",
        "out_trade_no": trade.out_trade_no,
        "trade_no": trade.trade_no,
        "total_amount": f"{trade.amount:.2f}",
    }
