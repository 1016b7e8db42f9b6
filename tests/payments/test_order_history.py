"""An order's history: what its events mean, and what the ledger says that it held and gave back."""

from collections.abc import Iterable
from typing import Any

from shared import orders
from tests.shop import Shopper, body

NOTHING = {"credit": 0, "coupon": ""}


def history(buyer: Shopper, order: dict[str, Any]) -> list[dict[str, Any]]:
    answer = buyer.get(f"/orders/{order['id']}/history/")
    assert answer.status_code == 200, answer.text
    return body(answer)


def told(happened: Iterable[dict[str, Any]]) -> list[tuple[str, int, bool, bool]]:
    """What happened, the status, and whether anything was held or given back."""
    return [
        (each["what"], each["order_status"], each["held"] != NOTHING, each["given_back"] != NOTHING)
        for each in happened
    ]


def coupon_of(buyer: Shopper, coupon_id: int) -> int:
    return next(id for id, entry in buyer.wallet().items() if entry["coupon_id"] == coupon_id)


def test_each_round_takes_and_gives_back(u1, till):
    order = u1.ordered(2, user_coupon_id=coupon_of(u1, 1), credit=200)
    till.time_out(order["id"])
    assert u1.post(f"/orders/{order['id']}/recover/").status_code == 200
    u1.put(f"/orders/{order['id']}/")
    happened = history(u1, order)
    assert told(happened) == [
        ("placed", 0, True, False),
        ("timed_out", 3, False, True),
        ("recovered", 0, True, False),
        ("cancelled", 2, False, True),
    ]
    both = {"credit": 200, "coupon": "减 30"}
    assert [happened[n][key] for n, key in enumerate(("held", "given_back", "held", "given_back"))] == [both] * 4
    assert [each["at"] for each in happened] == sorted(each["at"] for each in happened)
    assert {(each["amount"], each["trade_no"]) for each in happened} == {(None, None)}


def test_a_payment_keeps_what_is_held_and_a_refund_gives_it_back(u1, till, poller):
    order = u1.ordered(2, credit=200)
    till.pay(till.link(u1, order))
    till.deliver()
    u1.post(f"/orders/{order['id']}/refund/")
    happened = history(u1, order)
    assert told(happened) == [
        ("placed", 0, True, False),
        ("paid", 1, False, False),
        ("refunded", 4, False, True),
        ("money_back", 4, False, False),
    ]
    paid, back = happened[1], happened[3]
    assert (paid["amount"], paid["trade_no"]) == (order["real_price"], back["trade_no"])
    assert till.scalar("SELECT trade_no FROM payments") == paid["trade_no"]


def test_late_money_that_is_honoured_takes_again(u1, till):
    order = u1.ordered(2, credit=200)
    link = till.link(u1, order)
    till.time_out(order["id"])
    till.pay(link)
    till.deliver()
    assert told(history(u1, order))[-1] == ("paid_late", 1, True, False)


def test_late_money_that_cannot_be_kept_takes_and_gives_back_nothing(u1, till, poller):
    order = u1.ordered(2, credit=300)
    link = till.link(u1, order)
    till.time_out(order["id"])
    u1.ordered(2, credit=400)
    till.pay(link)
    till.deliver()
    assert poller().refund()
    assert told(history(u1, order))[2:] == [("payment_returned", 4, False, False), ("money_back", 4, False, False)]


def test_a_second_payment_is_returned_and_the_order_stays_paid(u1, till):
    order = u1.ordered(2, credit=200)
    till.pay(till.link(u1, order))
    till.deliver()
    number = order["order_number"]
    again = till.notice(out_trade_no=number, trade_no="T2", total_amount=order["real_price"])
    assert till.deliver(again).text == "success"
    last = history(u1, order)[-1]
    assert (last["what"], last["order_status"], last["trade_no"]) == ("payment_returned", 1, "T2")


def test_what_staff_did_is_said_to_be_theirs(u1, sessions):
    order = u1.ordered(2, credit=10)
    with sessions.begin() as session:
        orders.cancel_for_user(session, order["id"], "they called us")
    happened = history(u1, order)
    assert [(each["what"], each["by_staff"]) for each in happened] == [("placed", False), ("cancelled", True)]


def test_an_order_of_nothing_is_placed_and_paid_at_once(u1):
    order = u1.ordered(5, credit=4)
    assert told(history(u1, order)) == [("placed_free", 1, True, False)]


def test_the_history_of_a_deleted_order_is_gone_with_it(u1):
    order = u1.ordered(2)
    u1.put(f"/orders/{order['id']}/")
    u1.delete(f"/orders/{order['id']}/")
    assert u1.get(f"/orders/{order['id']}/history/").json["code"] == "order_not_found"
