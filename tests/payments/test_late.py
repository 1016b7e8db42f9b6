"""Money that comes when the order is closed: honoured if what it held can be taken again, else given back."""

import pytest

from shared.order_status import OrderStatus
from tests.payments.conftest import late_payments


def coupon_of(buyer, coupon_id: int) -> int:
    return next(id for id, entry in buyer.wallet().items() if entry["coupon_id"] == coupon_id)


def settled_late(till, order, poller) -> None:
    """The order is refunded and its money is back with the provider's customer."""
    assert till.status(order) is OrderStatus.REFUNDED
    amount = order["real_price"]
    assert till.payments(order) == [(amount, "refunded", False)]
    assert poller().refund()
    assert till.payments(order) == [(amount, "refunded", True)]
    taken, returned = till.scalar("SELECT amount || ' ' || refunded FROM sandbox_trades").split()
    assert taken == returned == amount
    assert till.events(order)[-1] | {"kind": "refund", "status": 4, "amount": amount} == till.events(order)[-1]


@pytest.mark.parametrize("end", [OrderStatus.TIMED_OUT, OrderStatus.CANCELLED])
def test_it_is_honoured_while_credit_and_coupon_are_free(u1, till, client, end):
    before = late_payments(client, "honoured")
    coupon = coupon_of(u1, 1)
    order = u1.ordered(2, user_coupon_id=coupon, credit=200)
    link = till.link(u1, order)
    if end is OrderStatus.TIMED_OUT:
        till.time_out(order["id"])
    else:
        u1.put(f"/orders/{order['id']}/")
    assert u1.credit() == 500
    assert coupon in u1.wallet()

    till.pay(link)
    for _ in range(2):
        assert till.deliver().text == "success"

    assert till.status(order) is OrderStatus.PAID
    assert till.payments(order) == [("50.00", "honoured", None)]
    assert u1.credit() == 300
    assert coupon not in u1.wallet()
    told = till.events(order)[-1]
    assert (told["payment"], told["amount"]) == ("honoured", "50.00")
    assert told["reason"] == f"paid after it was {end.words}"
    assert till.scalar("SELECT string_agg(action || round, ' ' ORDER BY id) FROM ledger WHERE kind = 'coupon'") == (
        "take1 give_back1 take2"
    )
    assert late_payments(client, "honoured") == before + 1
    refunded = u1.post(f"/orders/{order['id']}/refund/")
    assert refunded.json["order_status"] == OrderStatus.REFUNDED
    assert u1.credit() == 500
    assert coupon in u1.wallet()
    assert till.payments(order) == [("50.00", "honoured", True)]


def test_it_goes_back_when_the_credit_is_spent(u1, till, client, poller):
    before = late_payments(client, "refunded")
    order = u1.ordered(2, credit=300)
    link = till.link(u1, order)
    till.time_out(order["id"])
    u1.ordered(2, credit=400)

    till.pay(link)
    for _ in range(2):
        assert till.deliver().text == "success"

    settled_late(till, order, poller)
    assert u1.credit() == 100
    assert late_payments(client, "refunded") == before + 1
    told = till.events(order)[-2]
    assert told["reason"] == ("paid after it was timed out: The account no longer has the credit of this order.")
    assert (told["payment"], told["amount"]) == ("refunded", "70.00")
    answer = u1.get(f"/payments/alipay/query/{order['order_number']}/")
    assert (answer.status_code, answer.json["detail"]) == (409, "The order is refunded.")


def test_it_goes_back_when_the_coupon_is_in_another_order(u1, till, poller):
    coupon = coupon_of(u1, 1)
    order = u1.ordered(2, user_coupon_id=coupon)
    link = till.link(u1, order)
    till.time_out(order["id"])
    other = u1.ordered(2, user_coupon_id=coupon)
    till.pay(link)
    assert till.deliver().text == "success"
    settled_late(till, order, poller)
    assert till.status(other) is OrderStatus.UNPAID


def test_it_goes_back_when_the_coupon_is_over(u1, till, poller):
    coupon = coupon_of(u1, 1)
    order = u1.ordered(2, user_coupon_id=coupon, credit=100)
    link = till.link(u1, order)
    till.time_out(order["id"])
    till.execute("UPDATE coupons SET end_time = now() - interval '1 s' WHERE id = 1")
    till.pay(link)
    assert till.deliver().text == "success"
    settled_late(till, order, poller)
    assert u1.credit() == 500


def test_a_hidden_order_comes_into_sight_again(u1, till):
    order = u1.ordered(2)
    link = till.link(u1, order)
    till.time_out(order["id"])
    assert u1.delete(f"/orders/{order['id']}/").status_code == 204
    till.pay(link)
    till.deliver()
    assert u1.get(f"/orders/{order['id']}/").json["order_status"] == OrderStatus.PAID


def test_a_refunded_order_stays_that(u1, till):
    order = u1.ordered(2)
    link = till.link(u1, order)
    till.pay(link)
    till.deliver()
    assert u1.post(f"/orders/{order['id']}/refund/").status_code == 200
    till.pay(link)
    assert till.deliver().text == "success"
    assert u1.post(f"/orders/{order['id']}/refund/").status_code == 409
    assert u1.post(f"/orders/{order['id']}/recover/").status_code == 409
    assert till.payments(order) == [("100.00", "paid", True)]


def test_an_order_of_nothing_has_no_money_to_give_back(u1, till):
    order = u1.ordered(4)
    assert u1.post(f"/orders/{order['id']}/refund/").json["order_status"] == OrderStatus.REFUNDED
    assert till.payments(order) == []


@pytest.mark.parametrize("status", [s for s in OrderStatus if s is not OrderStatus.PAID])
def test_only_a_paid_order_is_given_back(u1, till, status):
    order = u1.ordered(2)
    till.execute(
        "UPDATE orders SET status = :status, paid_at = CASE WHEN :status = 4 THEN now() END WHERE id = :id",
        status=int(status),
        id=order["id"],
    )
    answer = u1.post(f"/orders/{order['id']}/refund/")
    assert (answer.status_code, answer.json["code"]) == (409, "order_state")
