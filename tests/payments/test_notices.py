"""What the provider says: twice, late, out of order, incomplete and forged."""

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from sqlalchemy.exc import OperationalError

from shared.order_status import OrderStatus
from shared.payments.sandbox import signing
from shared.payments.sandbox.keys import BITS
from tests.payments.conftest import NOTIFY
from webapp import provider

pytestmark = pytest.mark.attack

NO_SIGNATURES = ["", "x", "AAAA", "%", "é", "\0", b"\xff\xfe\x3d\xd8"]
BODIES = [b"", b"\xff\xfe", b"{}", b"a=%ff&sign=%00", b"sign=" + b"A" * 100_000, b"&" * 1000]
KINDS = ["application/x-www-form-urlencoded", "application/json", "multipart/form-data; boundary=b"]


@pytest.fixture
def order(u1):
    """100.00, unpaid."""
    return u1.ordered(2)


def test_a_notice_that_comes_twice_is_taken_twice(till, order):
    notice = till.notice(out_trade_no=order["order_number"])
    for _ in range(3):
        assert till.deliver(notice).text == "success"
    assert till.payments(order) == [("100.00", "paid", None)]
    assert [told["kind"] for told in till.events(order)] == ["status", "status"]


@pytest.mark.parametrize("status", ["WAIT_BUYER_PAY", "TRADE_CLOSED", "SOMETHING_NEW", ""])
def test_a_notice_of_no_money_is_taken_and_changes_nothing(till, order, status):
    """They also come out of order: the one that waits may follow the one that paid."""
    paid = till.notice(out_trade_no=order["order_number"])
    other = till.notice(out_trade_no=order["order_number"], trade_status=status)
    assert till.deliver(other).text == "success"
    assert till.status(order) is OrderStatus.UNPAID
    assert till.deliver(paid).text == "success"
    assert till.deliver(other).text == "success"
    assert till.status(order) is OrderStatus.PAID


def test_a_finished_trade_is_money_too(till, order):
    assert (
        till.deliver(till.notice(out_trade_no=order["order_number"], trade_status="TRADE_FINISHED")).text == "success"
    )
    assert till.status(order) is OrderStatus.PAID


def test_forgeries(till, order):
    number = order["order_number"]
    good = till.notice(out_trade_no=number)
    stranger = generate_private_key(65537, BITS)
    unsigned = {name: value for name, value in good.items() if name not in ("sign", "sign_type")}
    forged = [
        signing.signed(stranger, unsigned),
        signing.signed(till.provider.keys.app, unsigned),  # the app's own key is not the provider's
        till.notice(out_trade_no=number, app_id="9021000000000002"),
        till.notice(out_trade_no="20260101000000010000009"),
        good | {"total_amount": "0.01"},
        good | {"out_trade_no": "1"},
        good | {"trade_no": "T2"},
        good | {"trade_status": "TRADE_FINISHED"},
        good | {"more": "x"},
        good | {"sign_type": "RSA"},
        good | {"sign_type": ""},
        *(
            good | {"sign": sign}
            for sign in ("", "x", "AAAA", "%", "é", "\0", "\ud83d".encode("utf-16", "surrogatepass"))
        ),
        *({key: value for key, value in good.items() if key != name} for name in good if name != "sign_type"),
        {},
    ]
    for notice in forged:
        answer = till.deliver(notice)
        assert (answer.status_code, answer.text) == (400, "failure"), notice
    assert till.status(order) is OrderStatus.UNPAID
    assert till.payments(order) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"total_amount": ""},
        {"total_amount": "-100.00"},
        {"total_amount": "0.00"},
        {"total_amount": "NaN"},
        {"total_amount": "1e2"},
        {"total_amount": "100.001"},
        {"total_amount": "9" * 9},
        {"trade_no": ""},
        {"trade_no": "x" * 65},
        {"trade_no": "a\0b"},
        {"out_trade_no": "a\0b"},
        {"out_trade_no": ""},
    ],
)
def test_signed_nonsense_is_not_taken(till, order, fields):
    answer = till.deliver(till.notice(**({"out_trade_no": order["order_number"]} | fields)))
    assert (answer.status_code, answer.text) == (400, "failure")


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"{}", b"a=%ff&sign=%00", b"sign=" + b"A" * 100_000, b"&" * 1000])
@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "application/json", "multipart/form-data; boundary=b"]
)
def test_any_body_is_answered(client, school_data, body, kind):
    answer = client.post(NOTIFY, data=body, content_type=kind)
    assert (answer.status_code, answer.text) == (400, "failure")


@pytest.mark.parametrize("amount", ["99.99", "100.01", "1.00"])
def test_money_of_another_amount_goes_back(till, order, poller, amount):
    """The provider itself says so: whatever happened there, this was not asked for."""
    till.execute("INSERT INTO sandbox_trades VALUES ('T1', 'other', :amount)", amount=amount)
    assert till.deliver(till.notice(out_trade_no=order["order_number"], total_amount=amount)).text == "success"
    assert till.status(order) is OrderStatus.UNPAID
    assert till.payments(order) == [(amount, "refunded", False)]
    assert poller().refund()
    assert till.payments(order) == [(amount, "refunded", True)]


def test_money_that_comes_twice_goes_back_once(till, order, poller):
    till.execute("INSERT INTO sandbox_trades VALUES ('T2', 'other', 100)")
    for trade in ("T1", "T2", "T2", "T1"):
        assert till.deliver(till.notice(out_trade_no=order["order_number"], trade_no=trade)).text == "success"
    assert till.status(order) is OrderStatus.PAID
    assert till.payments(order) == [("100.00", "paid", None), ("100.00", "refunded", False)]
    told = till.events(order)[-1]
    assert (told["kind"], told["payment"], told["reason"]) == ("payment", "refunded", "paid again after it was paid")
    assert poller().refund()
    assert not poller().refund()
    assert till.scalar("SELECT refunded FROM sandbox_trades WHERE trade_no = 'T2'") == 100


def test_a_database_that_is_away_makes_the_provider_come_again(till, order, app, monkeypatch):
    notice = till.notice(out_trade_no=order["order_number"])

    def away(*_):
        raise OperationalError("", {}, Exception("away"))

    monkeypatch.setattr(provider.payments, "record", away)
    assert till.deliver(notice).status_code == 503
    monkeypatch.undo()
    assert till.deliver(notice).text == "success"
