"""From the link to the paid order, as a browser goes."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest

from shared import orders
from shared.order_status import OrderStatus
from shared.stores import redis_keys
from tests.deadlines import let_time_be_over
from tests.payments.conftest import Forms, failing, fields_of, path_of

PAGE = {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}


def time_expire(link):
    return json.loads(fields_of(link)["biz_content"])["time_expire"]


def seconds_good(link):
    return (datetime.fromisoformat(f"{time_expire(link)}+08:00") - datetime.now(UTC)).total_seconds()


def test_link_cashier_paid(u1, till, client, redis):
    order = u1.ordered(2, credit=100)
    query = f"/payments/alipay/query/{order['order_number']}/"
    assert u1.get(query).json["code"] == "not_paid"
    back = till.pay(till.link(u1, order))

    url, notice = till.notices[0]
    assert url == "http://127.0.0.1:0/payments/alipay/notify/"
    assert (notice["out_trade_no"], notice["total_amount"]) == (order["order_number"], "90.00")
    taken = till.deliver()
    assert (taken.status_code, taken.text, taken.mimetype) == (200, "success", "text/plain")

    answer = u1.get(query)
    assert (answer.status_code, answer.json["order_status"]) == (200, OrderStatus.PAID)
    paid = u1.get(f"/orders/{order['id']}/").json
    assert paid == order | {"order_status": 1, "pay_time": paid["pay_time"], "expires_in": 0}
    assert paid["pay_time"]
    assert not redis.exists(redis_keys.order_timer(order["id"]))
    assert till.payments(order) == [("90.00", "paid", None)]
    told = till.events(order)[-1]
    assert (told["payment"], told["amount"], told["trade_no"]) == ("paid", "90.00", notice["trade_no"])
    assert till.scalar("SELECT count(*) FROM payment_intents") == 0

    location = path_of(back.location)
    assert client.get(location).json == answer.json
    seen = client.get(location, headers=PAGE)
    assert (seen.status_code, seen.location) == (303, f"/pay/result?out_trade_no={order['order_number']}")


def test_the_cashier_is_a_plain_form(u1, till, client):
    order = u1.ordered(1)
    link = till.link(u1, order)
    page = client.get(link)
    assert page.mimetype == "text/html"
    assert "358.00" in page.text
    assert order["order_number"] in page.text
    assert "<script" not in page.text
    assert 890 < seconds_good(link) < 901
    assert time_expire(link) in page.text
    paying, leaving = Forms(page.text).found
    assert paying == ("post", "/sandbox/cashier/", fields_of(link))
    assert leaving[:2] == ("get", f"http://localhost/pay/result?out_trade_no={order['order_number']}")


def test_the_link_itself_takes_the_money_too(u1, till, client):
    order = u1.ordered(2)
    assert client.post(path_of(till.link(u1, order))).status_code == 303
    assert till.deliver().text == "success"
    assert till.status(order) is OrderStatus.PAID


def test_the_cashier_takes_the_money_once(u1, till, client):
    order = u1.ordered(2)
    link = till.link(u1, order)
    for _ in range(2):
        till.pay(link)
        assert till.deliver().text == "success"
    assert "already-paid" in client.get(link).text
    assert till.scalar("SELECT count(*) FROM sandbox_trades") == 1
    assert till.payments(order) == [("100.00", "paid", None)]


@pytest.mark.attack
@pytest.mark.parametrize("name", ["biz_content", "sign", "app_id", "method", "notify_url", "timestamp"])
def test_the_cashier_takes_what_the_app_signed_alone(u1, till, client, name):
    fields = fields_of(till.link(u1, u1.ordered(2)))
    tampered = fields | {name: fields[name].replace("1", "2").replace("a", "b")}
    missing = {key: value for key, value in fields.items() if key != name}
    for wrong in (tampered, missing):
        for answer in (
            client.get("/sandbox/cashier/", query_string=wrong),
            client.post("/sandbox/cashier/", data=wrong),
        ):
            assert (answer.status_code, answer.json["code"]) == (400, "bad_signature")
    assert till.scalar("SELECT count(*) FROM sandbox_trades") == 0


def test_coming_back_settles_what_no_notice_told_of(u1, till, client):
    order = u1.ordered(2)
    back = till.pay(till.link(u1, order))
    assert client.get(path_of(back.location)).json["order_status"] == OrderStatus.PAID
    assert till.deliver().text == "success"  # it comes after all
    assert till.payments(order) == [("100.00", "paid", None)]


@pytest.mark.attack
def test_coming_back_with_a_forged_address(u1, till, client):
    order = u1.ordered(2)
    fields = fields_of(till.pay(till.link(u1, order)).location)
    for wrong in (fields | {"total_amount": "0.01"}, fields | {"sign": "x"}, {}, {"out_trade_no": "1"}):
        answer = client.get("/payments/alipay/result/", query_string=wrong)
        assert (answer.status_code, answer.json["code"]) == (400, "bad_signature")
    assert till.status(order) is OrderStatus.UNPAID
    unknown = till.notice(out_trade_no="404")
    assert client.get("/payments/alipay/result/", query_string=unknown).status_code == 404


def test_a_query_repairs_a_lost_notice(u1, till, redis):
    order = u1.ordered(2)
    till.pay(till.link(u1, order))
    assert till.status(order) is OrderStatus.UNPAID
    assert u1.get(f"/payments/alipay/query/{order['order_number']}/").json["order_status"] == OrderStatus.PAID
    assert not redis.exists(redis_keys.order_timer(order["id"]))


def test_a_provider_that_is_away_leaves_a_query_undecided(u1, till, monkeypatch):
    order = u1.ordered(2)
    till.pay(till.link(u1, order))
    monkeypatch.setattr(type(till.provider), "_call", failing)
    answer = u1.get(f"/payments/alipay/query/{order['order_number']}/")
    assert (answer.status_code, answer.json["code"]) == (409, "not_paid")


@pytest.mark.parametrize("end", ["cancel", "time out", "pay"])
def test_only_an_unpaid_order_has_a_link(u1, till, end):
    order = u1.ordered(2)
    match end:
        case "cancel":
            u1.put(f"/orders/{order['id']}/")
        case "time out":
            till.time_out(order["id"])
        case "pay":
            till.pay(till.link(u1, order))
            till.deliver()
    answer = u1.get(f"/payments/alipay/{order['order_number']}/")
    assert (answer.status_code, answer.json["code"]) == (409, "order_state")


def test_an_order_that_nothing_closes_is_paid_after_its_time(u1, till):
    order = u1.ordered(2, credit=200)
    let_time_be_over(till.sessions, order["id"], ago=3600)
    link = till.link(u1, order)
    assert 58 < seconds_good(link) < 61
    till.pay(link)
    assert till.deliver().text == "success"
    assert till.payments(order) == [("80.00", "paid", None)]
    with till.sessions.begin() as session:
        assert orders.time_out(session, [order["id"]]) == []  # the listener is back
    assert till.status(order) is OrderStatus.PAID
    assert u1.credit() == 300


def test_what_is_paid_by_an_overdue_link_after_the_order_was_closed_is_late(u1, till):
    order = u1.ordered(2, credit=200)
    let_time_be_over(till.sessions, order["id"])
    link = till.link(u1, order)
    till.time_out(order["id"])
    assert u1.credit() == 500
    till.pay(link)
    assert till.deliver().text == "success"
    assert till.payments(order) == [("80.00", "honoured", None)]
    assert u1.credit() == 300


def test_a_timed_out_order_is_recovered_and_paid(u1, till, redis):
    order = u1.ordered(2, credit=200)
    till.time_out(order["id"])
    assert u1.credit() == 500
    recovered = u1.post(f"/orders/{order['id']}/recover/")
    assert recovered.status_code == 200
    assert recovered.json["order_status"] == OrderStatus.UNPAID
    assert 890 < recovered.json["expires_in"] <= 900
    assert redis.exists(redis_keys.order_timer(order["id"]))
    assert u1.credit() == 300
    assert u1.post(f"/orders/{order['id']}/recover/").json["code"] == "order_state"
    till.pay(till.link(u1, order))
    assert till.deliver().text == "success"
    assert till.status(order) is OrderStatus.PAID


def test_recovery_needs_what_the_order_held(u1, till):
    order = u1.ordered(2, credit=200)
    till.time_out(order["id"])
    u1.ordered(2, credit=400)
    answer = u1.post(f"/orders/{order['id']}/recover/")
    assert (answer.status_code, answer.json["code"]) == (409, "credit_gone")
    assert till.status(order) is OrderStatus.TIMED_OUT
    assert u1.credit() == 100


@pytest.mark.attack
def test_nobody_pays_asks_or_acts_for_another(u1, u2, till):
    order = u1.ordered(2)
    number = order["order_number"]
    for answer in (
        u2.get(f"/payments/alipay/{number}/"),
        u2.get(f"/payments/alipay/query/{number}/"),
        u2.post(f"/orders/{order['id']}/recover/"),
        u2.post(f"/orders/{order['id']}/refund/"),
    ):
        assert (answer.status_code, answer.json["code"]) == (404, "order_not_found")
    assert till.scalar("SELECT count(*) FROM payment_intents") == 0


@pytest.mark.parametrize("number", ["0", "9" * 24, "9" * 5000, "x", "%00", "%ff", "1%20", "-1", "1.5", "٣"])
def test_a_number_no_order_has(u1, client, number):
    for path in (f"/payments/alipay/{number}/", f"/payments/alipay/query/{number}/"):
        assert u1.get(path).status_code == 404
        assert client.get(path).status_code == 401


def test_addresses_follow_public_url(settings, school_data, app, u1, till):
    app.extensions["settings"] = replace(settings, public_url="https://shop.example")
    link = till.link(u1, u1.ordered(2))
    fields = fields_of(link)
    assert urlsplit(link).netloc == "shop.example"
    assert fields["notify_url"] == "https://shop.example/payments/alipay/notify/"
    assert fields["return_url"] == "https://shop.example/payments/alipay/result/"
