"""Buying once more what a closed order was for."""

import pytest
from sqlalchemy import func, update

from shared.models import Course, Order
from shared.order_status import OrderStatus
from tests.api.account import pay, time_out
from tests.conftest import cut_off
from tests.shop import Shopper


def cancelled(buyer: Shopper, *course_ids: int) -> int:
    order = buyer.ordered(*course_ids)
    assert buyer.put(f"/orders/{order['id']}/").status_code == 200
    return order["id"]


def selection(buyer: Shopper) -> dict[int, bool]:
    return {item["course_id"]: item["selected"] for item in buyer.get("/cart/").json["items"]}


def test_its_courses_are_selected_alone(u1):
    order_id = cancelled(u1, 1, 2)
    for course_id in (2, 3, 6):
        u1.post("/cart/", {"course_id": course_id})
    u1.patch("/cart/2/", {"selected": False})
    answer = u1.post(f"/orders/{order_id}/again/")
    assert (answer.status_code, answer.json) == (200, {"course_ids": [1, 2], "left_out": []})
    assert selection(u1) == {1: True, 2: True, 3: False, 6: False}
    assert [line["course_id"] for line in u1.ordered()["order_courses"]] == [1, 2]


def test_an_order_that_timed_out_and_one_that_was_refunded_can_be_bought_again(app, sessions, u1):
    late, refunded = u1.ordered(1), u1.ordered(2)
    time_out(sessions, late["id"])
    pay(app, sessions, refunded["order_number"])
    assert u1.post(f"/orders/{refunded['id']}/refund/").status_code == 200
    assert u1.post(f"/orders/{late['id']}/again/").json["course_ids"] == [1]
    assert u1.post(f"/orders/{refunded['id']}/again/").json["course_ids"] == [2]
    assert selection(u1) == {1: False, 2: True}


def test_what_is_owned_is_left_out_and_named(app, sessions, u1):
    order_id = cancelled(u1, 1, 2)
    pay(app, sessions, u1.ordered(2)["order_number"])
    assert u1.post(f"/orders/{order_id}/again/").json == {
        "course_ids": [1],
        "left_out": [{"course_id": 2, "course_name": "100% Python", "reason": "owned"}],
    }
    assert selection(u1) == {1: True}


def test_what_is_no_longer_sold_is_left_out_and_named(sessions, u1):
    order_id = cancelled(u1, 1, 2)
    with sessions.begin() as session:
        session.execute(update(Course).where(Course.id == 1).values(withdrawn_at=func.now()))
    assert u1.post(f"/orders/{order_id}/again/").json == {
        "course_ids": [2],
        "left_out": [{"course_id": 1, "course_name": "Flask 实战", "reason": "off_sale"}],
    }


def test_the_cart_stays_as_it_is_when_nothing_can_be_bought(app, sessions, u1):
    order_id = cancelled(u1, 2)
    pay(app, sessions, u1.ordered(2)["order_number"])
    u1.post("/cart/", {"course_id": 3})
    answer = u1.post(f"/orders/{order_id}/again/")
    assert (answer.status_code, answer.json["course_ids"]) == (200, [])
    assert selection(u1) == {3: True}


@pytest.mark.parametrize("status", [OrderStatus.UNPAID, OrderStatus.PAID])
def test_a_live_order_is_not_bought_again(sessions, u1, status):
    order = u1.ordered(5 if status is OrderStatus.PAID else 2, credit=4)
    assert order["order_status"] == status
    answer = u1.post(f"/orders/{order['id']}/again/")
    assert (answer.status_code, answer.json["code"]) == (409, "order_state")
    assert selection(u1) == {}


def test_a_deleted_order_is_not_bought_again(sessions, u1):
    order_id = cancelled(u1, 2)
    with sessions.begin() as session:
        session.execute(update(Order).where(Order.id == order_id).values(hidden=True))
    assert u1.post(f"/orders/{order_id}/again/").json["code"] == "order_not_found"


def test_it_works_while_redis_is_away(app, u1):
    order_id = cancelled(u1, 1)
    u1.post("/cart/", {"course_id": 3})
    cut_off(app)
    assert u1.post(f"/orders/{order_id}/again/").json["course_ids"] == [1]
    assert selection(u1) == {1: True, 3: False}
