"""Old prices, old links, other people's trades: none of them is worth anything."""

import json
from urllib.parse import urlsplit

import pytest

from shared.order_status import MOST_RECOVERIES, RECOVER_WITHIN, OrderStatus
from tests.payments.conftest import fields_of, path_of

AGE = "UPDATE order_events SET created_at = created_at - make_interval(secs => :seconds)"


def recover(buyer, order):
    return buyer.post(f"/orders/{order['id']}/recover/")


def trade_of(link: str) -> str:
    """What the order is called in a link to pay it."""
    return json.loads(fields_of(link)["biz_content"])["out_trade_no"]


def test_an_order_is_recovered_only_for_a_while(u1, till):
    order = u1.ordered(2)
    till.time_out(order["id"])
    till.execute(AGE, seconds=RECOVER_WITHIN - 60)
    assert recover(u1, order).status_code == 200
    till.time_out(order["id"])
    till.execute(AGE, seconds=RECOVER_WITHIN + 60)
    answer = recover(u1, order)
    assert (answer.status_code, answer.json["code"]) == (409, "recover_too_late")
    assert till.status(order) is OrderStatus.TIMED_OUT


def test_how_long_is_a_setting(u1, till, app, settings):
    from dataclasses import replace

    app.extensions["settings"] = replace(settings, recover_within=100)
    order = u1.ordered(2)
    till.time_out(order["id"])
    till.execute(AGE, seconds=101)
    assert recover(u1, order).json["code"] == "recover_too_late"


@pytest.mark.parametrize("end", [OrderStatus.TIMED_OUT, OrderStatus.CANCELLED])
@pytest.mark.parametrize("a_notice_comes", [True, False])
def test_an_old_link_pays_no_old_price(u1, till, poller, end, a_notice_comes):
    order = u1.ordered(2)
    link = till.link(u1, order)
    if end is OrderStatus.TIMED_OUT:
        till.time_out(order["id"])
    else:
        u1.put(f"/orders/{order['id']}/")
    till.execute(AGE, seconds=RECOVER_WITHIN + 60)
    till.pay(link)
    if a_notice_comes:
        assert till.deliver().text == "success"
    else:
        till.forget_notice(order)
        assert poller().ask()
    assert till.status(order) is OrderStatus.REFUNDED
    assert till.payments(order) == [("100.00", "refunded", False)]
    assert "too long ago" in till.events(order)[-1]["reason"]
    assert poller().refund()
    assert till.payments(order) == [("100.00", "refunded", True)]


def test_an_order_is_recovered_three_times(u1, till):
    order = u1.ordered(2, credit=100)
    for _ in range(MOST_RECOVERIES):
        till.time_out(order["id"])
        assert recover(u1, order).status_code == 200
    till.time_out(order["id"])
    answer = recover(u1, order)
    assert (answer.status_code, answer.json["code"]) == (409, "recovered_too_often")
    assert till.status(order) is OrderStatus.TIMED_OUT
    assert u1.credit() == 500


def test_a_recovered_order_is_a_new_trade(u1, till, client, poller):
    order = u1.ordered(2)
    first = till.link(u1, order)
    assert trade_of(first) == order["order_number"]
    till.time_out(order["id"])
    recover(u1, order)
    second = till.link(u1, order)
    assert trade_of(second) == f"{order['order_number']}_1"

    back = till.pay(second)
    seen = client.get(path_of(back.location), headers={"Accept": "text/html"})
    assert seen.location == f"/pay/result?out_trade_no={order['order_number']}"
    assert till.status(order) is OrderStatus.PAID
    till.pay(first)
    assert till.deliver().text == "success"
    assert till.payments(order) == [("100.00", "paid", None), ("100.00", "refunded", False)]
    assert poller().refund()
    assert u1.post(f"/orders/{order['id']}/refund/").json["order_status"] == OrderStatus.REFUNDED
    assert till.payments(order) == [("100.00", "paid", True), ("100.00", "refunded", True)]
    assert till.scalar("SELECT sum(amount - refunded)::int FROM sandbox_trades") == 0


def test_whatever_link_was_paid_is_asked_about(u1, till, poller):
    """Both notices are lost: the money of both trades is found, and kept once."""
    order = u1.ordered(2)
    first = till.link(u1, order)
    till.time_out(order["id"])
    recover(u1, order)
    till.pay(first)
    till.pay(till.link(u1, order))
    till.forget_notice(order)
    assert poller().ask()
    assert till.status(order) is OrderStatus.PAID
    assert till.payments(order) == [("100.00", "paid", None), ("100.00", "refunded", False)]


def test_an_old_link_that_is_paid_after_the_new_one_is_found_too(u1, till, poller):
    order = u1.ordered(2)
    first = till.link(u1, order)
    till.time_out(order["id"])
    recover(u1, order)
    till.pay(till.link(u1, order))
    till.deliver()
    assert till.status(order) is OrderStatus.PAID
    till.pay(first)  # of this no notice comes
    till.forget_notice(order)
    assert poller().ask()
    assert till.payments(order) == [("100.00", "paid", None), ("100.00", "refunded", False)]
    till.execute("UPDATE payment_intents SET asked = 14")
    till.forget_notice(order)
    assert poller().ask()
    assert till.scalar("SELECT count(*) FROM payment_intents") == 0


def test_a_query_asks_about_the_newest_trade(u1, till):
    order = u1.ordered(2)
    till.time_out(order["id"])
    recover(u1, order)
    till.pay(till.link(u1, order))
    query = u1.get(f"/payments/alipay/query/{order['order_number']}/")
    assert query.json["order_status"] == OrderStatus.PAID


def test_one_trade_does_not_pay_two_orders(u1, till):
    paid, other = u1.ordered(2), u1.ordered(2)
    till.link(u1, other)
    assert till.deliver(till.notice(out_trade_no=paid["order_number"])).text == "success"
    answer = till.deliver(till.notice(out_trade_no=other["order_number"]))
    assert (answer.status_code, answer.text) == (400, "failure")
    assert till.status(other) is OrderStatus.UNPAID
    assert till.payments(other) == []
    assert till.scalar("SELECT count(*) FROM payment_intents WHERE order_id = :id", id=other["id"]) == 1


def test_an_answer_with_another_orders_trade_leaves_the_listener_running(u1, till, poller):
    paid, other = u1.ordered(2), u1.ordered(2)
    till.link(u1, other)
    till.deliver(till.notice(out_trade_no=paid["order_number"]))
    till.execute("INSERT INTO sandbox_trades VALUES ('T1', :number, 100)", number=other["order_number"])
    till.forget_notice(other)
    assert poller().ask()
    assert till.status(other) is OrderStatus.UNPAID
    assert till.scalar("SELECT count(*) FROM payment_intents WHERE order_id = :id", id=other["id"]) == 1
    answer = u1.get(f"/payments/alipay/query/{other['order_number']}/")
    assert answer.status_code == 409


@pytest.mark.parametrize(
    "fields",
    [
        {"seller_id": "2088999999999999"},
        {"seller_id": ""},
        {"app_id": "9021000000000002"},
        {"auth_app_id": "9021000000000002"},
        {"auth_app_id": ""},
    ],
)
def test_money_of_another_seller_is_not_ours(u1, till, fields):
    order = u1.ordered(2)
    answer = till.deliver(till.notice(out_trade_no=order["order_number"], **fields))
    assert (answer.status_code, answer.text) == (400, "failure")
    assert till.status(order) is OrderStatus.UNPAID


def test_nobody_pays_another_price_than_was_shown(u1, till):
    u1.post("/cart/", {"course_id": 1})
    shown = u1.post("/orders/quote/", {"credit": 100}).json
    till.execute("UPDATE courses SET discount_price = 399.00 WHERE id = 1")
    body = {"pay_type": 0, "credit": 100, "real_price": shown["real_price"]}
    answer = u1.post("/orders/", body, headers={"Idempotency-Key": "once"})
    assert (answer.status_code, answer.json["code"]) == (409, "price_changed")
    now = u1.post("/orders/quote/", {"credit": 100}).json
    assert answer.json["quote"] == now
    assert now["real_price"] == "389.00"
    agreed = body | {"real_price": now["real_price"]}
    assert u1.post("/orders/", agreed, headers={"Idempotency-Key": "twice"}).status_code == 201


@pytest.mark.parametrize("price", [358, 358.0, "358", "x", "", "-1.00", "1.00\n", "٣.00", None, "9" * 9 + ".00"])
def test_a_shown_price_is_an_amount(u1, price):
    u1.post("/cart/", {"course_id": 1})
    answer = u1.post("/orders/", {"pay_type": 0, "real_price": price})
    assert (answer.status_code, list(answer.json["errors"])) == (422, ["real_price"])


def test_the_cashier_is_where_the_link_says(u1, till):
    assert urlsplit(till.link(u1, u1.ordered(2))).path == "/sandbox/cashier/"
