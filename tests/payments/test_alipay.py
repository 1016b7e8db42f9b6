"""Alipay over HTTP: the SDK against a gateway on the loopback that signs as the real one does."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import monotonic
from urllib.parse import parse_qsl, urlsplit

import pytest

from config import AlipayAccount
from shared.errors import Refused
from shared.orders import Receipt
from shared.payments import ProviderFailed, open_provider
from shared.payments.alipay import Alipay
from shared.payments.sandbox import books, sandbox_account, signing
from shared.payments.sandbox.cashier import Cashier
from shared.payments.sandbox.gateway import Gateway
from shared.payments.sandbox.keys import Keys, kept_keys

APP_ID = "2021000000000001"
SELLER_ID = "2088000000000001"
NUMBER = "202601010000000100000001"


@dataclass
class FakeAlipay:
    """A gateway that answers from the sandbox's books, or with `answers` while there are any."""

    keys: Keys
    gateway: Gateway
    answers: list[bytes] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)
    pause: float = 0

    def signed(self, name: str, content: str, by: str = "provider") -> bytes:
        """An answer with that content."""
        return f'{{"{name}":{content},"sign":"{signing.sign(getattr(self.keys, by), content)}"}}'.encode()


@pytest.fixture
def fake(sessions) -> Iterator[tuple[FakeAlipay, str]]:
    with sessions() as session:
        keys = kept_keys(session)
    fake = FakeAlipay(keys, Gateway(keys, sessions))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = urlsplit(self.path).query
            fake.asked.append(dict(parse_qsl(query)))
            body = fake.answers.pop(0) if fake.answers else fake.gateway.answer(query).encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield fake, f"http://127.0.0.1:{server.server_port}/gateway.do"
        server.shutdown()
        thread.join()


@pytest.fixture
def alipay(fake, sessions) -> Alipay:
    gateway, url = fake
    app = sandbox_account(gateway.keys)
    provider = open_provider(AlipayAccount(APP_ID, SELLER_ID, app.app_private_key, app.public_key, url), sessions)
    assert type(provider) is Alipay
    return provider


@pytest.fixture
def gateway(fake) -> FakeAlipay:
    return fake[0]


@pytest.fixture
def trade(sessions) -> str:
    """70.00 taken for NUMBER."""
    with sessions.begin() as session:
        return books.take_money(session, NUMBER, Decimal("70.00")).trade_no


def test_a_link_is_signed_and_leads_to_the_gateway(alipay, gateway, fake, sessions):
    back, notify = "https://shop.example/back/", "https://shop.example/notify/"
    link = alipay.link(NUMBER, Decimal("70"), "课程 & 更多 {", back, notify, 5)
    assert link.startswith(f"{fake[1]}?")
    fields = dict(parse_qsl(urlsplit(link).query))
    bill = Cashier(APP_ID, gateway.keys, sessions).read(fields)
    assert (bill.order_number, bill.amount, bill.subject) == (NUMBER, Decimal("70.00"), "课程 & 更多 {")
    assert (bill.return_url, fields["notify_url"]) == (back, notify)


def test_what_was_not_paid_is_none(alipay, gateway):
    assert alipay.ask(NUMBER) is None
    [asked] = gateway.asked
    assert (asked["app_id"], asked["method"], asked["sign_type"]) == (APP_ID, "alipay.trade.query", "RSA2")


def test_what_was_paid_is_a_receipt(alipay, trade):
    assert alipay.ask(NUMBER) == Receipt(NUMBER, trade, Decimal("70.00"))


def test_money_is_given_back_once(alipay, trade, gateway, sessions):
    for _ in range(2):
        alipay.refund(trade, Decimal("70.00"), "R1")
    assert [asked["method"] for asked in gateway.asked] == [
        "alipay.trade.refund",
        "alipay.trade.refund",  # changed nothing, as it says; so whether it was done before is asked
        "alipay.trade.fastpay.refund.query",
    ]
    with sessions() as session:
        assert books.find_trade(session, NUMBER).refunded == Decimal("70.00")
    assert alipay.ask(NUMBER) is None


@pytest.mark.parametrize(("trade_no", "amount"), [("other", "70.00"), (f"SB{NUMBER}", "70.01")])
def test_a_refund_that_cannot_be_fails(alipay, trade, trade_no, amount):
    with pytest.raises(ProviderFailed, match="ACQ"):
        alipay.refund(trade_no, Decimal(amount), "R1")


def test_a_refund_that_is_accepted_and_not_done_is_not_taken_for_done(alipay, trade, gateway):
    accepted = '{"code":"10000","msg":"Success","fund_change":"N"}'
    gateway.answers.append(gateway.signed("alipay_trade_refund_response", accepted))
    with pytest.raises(ProviderFailed, match="not done"):
        alipay.refund(trade, Decimal("70.00"), "R1")


PAID = f'"out_trade_no":"{NUMBER}","trade_no":"T1","trade_status":"TRADE_SUCCESS","total_amount":"70.00"'
NAME = "alipay_trade_query_response"


@pytest.mark.parametrize(
    "content",
    [
        "{}",
        "[]",
        "null",
        '{"code":"10000"}',
        '{"code":"20000","sub_code":"isp.unknow-error"}',
        '{"code":"40004","sub_code":"ACQ.SYSTEM_ERROR","sub_msg":"系统错误"}',
        f'{{"code":"10000",{PAID}}}'.replace(NUMBER, "other"),
        f'{{"code":"10000",{PAID}}}'.replace("70.00", "-1"),
    ],
)
def test_a_signed_answer_that_is_none_is_a_failure(alipay, gateway, content):
    gateway.answers.append(gateway.signed(NAME, content))
    with pytest.raises(ProviderFailed):
        alipay.ask(NUMBER)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"<html>busy</html>",
        b"\xff",
        b"[]",
        b"null",
        b'{"sign":"x"}',
        f'{{"{NAME}":{{"code":"10000",{PAID}}}}}'.encode(),
        f'{{"{NAME}":{{"code":"10000",{PAID}}},"sign":""}}'.encode(),
        b'{"error_response":{"code":"40002","sub_code":"isv.invalid-app-id"}}',
        b"[" * 100_000,
    ],
)
def test_an_answer_without_a_signature_is_a_failure(alipay, gateway, answer):
    gateway.answers.append(answer)
    with pytest.raises(ProviderFailed):
        alipay.ask(NUMBER)


@pytest.mark.attack
def test_an_answer_that_somebody_else_signed_is_a_failure(alipay, gateway):
    gateway.answers.append(gateway.signed(NAME, f'{{"code":"10000",{PAID}}}', by="app"))
    with pytest.raises(ProviderFailed, match="Validation"):
        alipay.ask(NUMBER)


@pytest.mark.parametrize("status", ["WAIT_BUYER_PAY", "TRADE_CLOSED"])
def test_a_trade_without_money_is_none(alipay, gateway, status):
    gateway.answers.append(gateway.signed(NAME, f'{{"code":"10000",{PAID}}}'.replace("TRADE_SUCCESS", status)))
    assert alipay.ask(NUMBER) is None


def test_nobody_there_is_a_failure_and_soon(gateway, sessions):
    app = sandbox_account(gateway.keys)
    nowhere = open_provider(
        AlipayAccount(APP_ID, SELLER_ID, app.app_private_key, app.public_key, "http://127.0.0.1:1/gateway.do"), sessions
    )
    began = monotonic()
    with pytest.raises(ProviderFailed):
        nowhere.ask(NUMBER)
    assert monotonic() - began < 4


@pytest.mark.attack
def test_notices_are_verified_with_alipays_key_and_for_ones_own_app(alipay, gateway):
    fields = {
        "app_id": APP_ID,
        "auth_app_id": APP_ID,
        "seller_id": SELLER_ID,
        "trade_status": "TRADE_SUCCESS",
        "out_trade_no": NUMBER,
        "trade_no": "T1",
        "total_amount": "70.00",
        "subject": "课程",
        "passback": "",
    }
    notice = signing.signed(gateway.keys.provider, fields)
    assert alipay.verify(notice) == Receipt(NUMBER, "T1", Decimal("70.00"))
    assert alipay.verify_return(notice) == NUMBER
    for wrong in (
        signing.signed(gateway.keys.app, fields),
        signing.signed(gateway.keys.provider, fields | {"app_id": "2021000000000002"}),
        signing.signed(gateway.keys.provider, fields | {"auth_app_id": "2021000000000002"}),
        signing.signed(gateway.keys.provider, fields | {"seller_id": "2088000000000002"}),
        signing.signed(gateway.keys.provider, {name: fields[name] for name in fields if name != "seller_id"}),
        notice | {"total_amount": "7.00"},
    ):
        with pytest.raises(Refused):
            alipay.verify(wrong)
    assert gateway.asked == []
