"""Nobody pays twice for a course, whatever the order of things."""

from decimal import Decimal
from typing import Any

import pytest

from shared import orders, payments
from shared.errors import Conflict
from shared.order_status import OrderStatus
from shared.orders import OrderRequest, Receipt
from tests.engine.test_races import at_once

ROUNDS = 10


def buy(buyer, till, *course_ids: int) -> dict[str, Any]:
    order = buyer.ordered(*course_ids)
    till.pay(till.link(buyer, order))
    till.deliver()
    assert till.status(order) is OrderStatus.PAID
    return order


def test_an_owned_course_is_not_ordered_again(u1, u2, till):
    bought = buy(u1, till, 2)
    answer = u1.order(2, 3)
    assert (answer.status_code, answer.json["code"], answer.json["course_ids"]) == (409, "already_owned", [2])
    assert "100% Python" in answer.json["detail"]
    assert u2.order(2).status_code == 201  # the other's is theirs alone
    u1.post(f"/orders/{bought['id']}/refund/")
    assert u1.post("/orders/", {"pay_type": 0}).status_code == 201


def test_a_course_for_nothing_is_owned_too(u1, school_data):
    u1.ordered(4)
    assert u1.order(4).json["code"] == "already_owned"


def test_nobody_is_sent_to_pay_for_an_owned_course(u1, till):
    twice = u1.ordered(2, 3)
    buy(u1, till, 2)
    answer = u1.get(f"/payments/alipay/{twice['order_number']}/")
    assert (answer.status_code, answer.json["code"], answer.json["course_ids"]) == (409, "already_owned", [2])
    till.time_out(twice["id"])
    answer = u1.post(f"/orders/{twice['id']}/recover/")
    assert (answer.status_code, answer.json["code"]) == (409, "already_owned")
    assert till.status(twice) is OrderStatus.TIMED_OUT


def test_money_that_comes_all_the_same_goes_back(u1, till, poller):
    twice = u1.ordered(2, credit=100)
    link = till.link(u1, twice)
    buy(u1, till, 2)
    till.pay(link)
    assert till.deliver().text == "success"
    assert till.payments(twice) == [("90.00", "refunded", False)]
    assert till.events(twice)[-1]["reason"] == "Already owned: course 2 (100% Python)."
    assert till.status(twice) is OrderStatus.UNPAID
    assert poller().refund()
    till.time_out(twice["id"])
    assert u1.credit() == 500


@pytest.mark.parametrize("end", [OrderStatus.TIMED_OUT, OrderStatus.CANCELLED])
def test_so_does_late_money(u1, till, end):
    late = u1.ordered(2, credit=100)
    link = till.link(u1, late)
    if end is OrderStatus.TIMED_OUT:
        till.time_out(late["id"])
    else:
        u1.put(f"/orders/{late['id']}/")
    buy(u1, till, 2)
    till.pay(link)
    assert till.deliver().text == "success"
    assert till.status(late) is OrderStatus.REFUNDED
    assert till.payments(late) == [("90.00", "refunded", False)]
    assert "Already owned" in till.events(late)[-1]["reason"]
    assert u1.credit() == 500


def test_two_orders_paid_at_the_same_moment_leave_one(u1, till, sessions):
    for _ in range(ROUNDS):
        pair = [u1.ordered(2), u1.ordered(2)]

        def settle(number: str) -> str:
            with sessions() as session:
                return payments.record(session, Receipt(number, f"T{number}", Decimal(100))).payment.outcome

        outcomes = at_once(*[lambda number=order["order_number"]: settle(number) for order in pair])
        assert sorted(outcomes) == ["paid", "refunded"]
        assert sorted(till.status(order) for order in pair) == [OrderStatus.UNPAID, OrderStatus.PAID]
        till.execute("UPDATE orders SET status = 2, paid_at = NULL")


def test_two_orders_of_nothing_at_the_same_moment_are_one(u1, till, sessions):
    """At the verb itself, which does not count on the cart being empty for whoever comes second."""

    def place() -> str:
        with sessions() as session:
            try:
                orders.place(session, OrderRequest(u1.id, [4], 0, None, 0), 900)
            except Conflict as refusal:
                return refusal.code
            session.commit()
            return "placed"

    for _ in range(ROUNDS):
        assert sorted(at_once(place, place, place)) == ["already_owned", "already_owned", "placed"]
        till.execute("UPDATE orders SET status = 4")


def test_what_is_owned_is_shown(u1, u2, till, client):
    buy(u1, till, 2)
    for course_id in (2, 3):
        u1.post("/cart/", {"course_id": course_id})

    def owned(visitor) -> list[int]:
        shown = [course["id"] for course in visitor.get("/courses/?size=20").json["results"] if course["owned"]]
        alone = [id for id in range(1, 8) if visitor.get(f"/courses/{id}/").json["owned"]]
        assert alone == shown
        return shown

    assert owned(u1) == [2]
    assert [item["course_id"] for item in u1.get("/cart/").json["items"] if item["owned"]] == [2]
    assert owned(u2) == owned(client) == []
    assert "Authorization" in client.get("/courses/").headers["Vary"]
    assert u1.get("/courses/2/").headers["Cache-Control"] == "no-store"
    u1.token += "x"
    assert owned(u1) == []
