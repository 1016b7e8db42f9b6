"""What is off sale: nobody orders or takes it any more, and nobody loses what they have."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from shared import orders
from shared.catalogue import put_on_sale, take_off_sale
from shared.errors import Conflict
from shared.models import Coupon, Course, Order
from shared.orders import OrderRequest
from tests.api.account import pay, time_out
from tests.audit import entries
from tests.coupons import hand_out, make_coupon
from tests.engine.conftest import eventually
from tests.unguarded import unguarded

PATIENCE = 10.0  # seconds; a bound against hanging
WAITING = text("SELECT count(*) FROM pg_locks WHERE NOT granted")


@pytest.fixture
def withdraw(sessions) -> Callable[..., int]:
    """Take courses, or coupons, off sale."""

    def take(*ids: int, sold: type[Course] | type[Coupon] = Course) -> int:
        with sessions.begin() as session:
            return take_off_sale(session, sold, ids)

    return take


def listed(client, **query) -> list[int]:
    return [course["id"] for course in client.get("/courses/", query_string=query).json["results"]]


def test_a_course_is_found_no_more_but_by_its_id(client, school_data, withdraw, sessions):
    withdraw(3)
    assert 3 not in listed(client, size=20)
    assert listed(client, search="Vue_3") == []
    alone = client.get("/courses/3/")
    assert (alone.status_code, alone.json["on_sale"]) == (200, False)
    with sessions.begin() as session:
        put_on_sale(session, Course, [3])
    assert 3 in listed(client, size=20)


def test_it_is_neither_put_in_the_cart_nor_ordered(u1, withdraw):
    u1.post("/cart/", {"course_id": 2})
    u1.post("/cart/", {"course_id": 3})
    withdraw(3, 6)
    for answer in (u1.post("/cart/", {"course_id": 6}), u1.post("/orders/", {"pay_type": 0})):
        assert (answer.status_code, answer.json["code"]) == (409, "course_off_sale")
    assert (answer.json["course_ids"], answer.json["detail"]) == ([3], "No longer sold: course 3 (Vue_3).")
    assert u1.post("/orders/quote/", {}).json["code"] == "course_off_sale"
    cart = u1.get("/cart/").json
    assert {item["course_id"]: item["on_sale"] for item in cart["items"]} == {2: True, 3: False}
    assert (cart["total_price"], cart["real_price"]) == ("100.00", "100.00")
    u1.patch("/cart/3/", {"selected": False})
    assert u1.post("/orders/", {"pay_type": 0}).status_code == 201


def test_orders_that_are_there_go_on(app, sessions, u1, withdraw):
    unpaid, timed_out = u1.ordered(2), u1.ordered(3)
    time_out(sessions, timed_out["id"])
    withdraw(2, 3)
    pay(app, sessions, unpaid["order_number"])
    assert u1.get(f"/orders/{unpaid['id']}/").json["order_status"] == 1
    assert [course["course_id"] for course in u1.get("/users/me/courses/").json["results"]] == [2]
    assert u1.post(f"/orders/{timed_out['id']}/recover/").status_code == 200


def test_a_coupon_is_taken_no_more_but_used(u1, u2, sessions, withdraw):
    coupon = make_coupon(sessions)
    held = hand_out(sessions, u1.id, coupon)
    withdraw(coupon, sold=Coupon)
    answer = u2.post(f"/coupons/{coupon}/claim/")
    assert (answer.status_code, answer.json["code"]) == (409, "coupon_off_sale")
    assert coupon not in {each["coupon_id"] for each in u2.get("/coupons/available/").json}
    assert u1.ordered(2, user_coupon_id=held)["real_price"] == "70.00"


def test_only_what_is_new_counts_and_is_told(school_data, sessions, withdraw):
    assert (withdraw(2, 3, 99), withdraw(3)) == (2, 0)
    with sessions.begin() as session:
        assert put_on_sale(session, Course, [2, 6]) == 1
    told = [(entry.action, entry.subject_id) for entry in entries(sessions, "taken_off_sale", "put_on_sale")]
    assert told == [("taken_off_sale", "2"), ("taken_off_sale", "3"), ("put_on_sale", "2")]


def place(sessions, user_id: int) -> int:
    with sessions.begin() as session:
        return orders.place(session, OrderRequest(user_id, [2], 0, None, 0), 900).id


def test_an_order_waits_for_a_withdrawal_that_has_begun(sessions, u1):
    with ThreadPoolExecutor(1) as other, sessions() as staff:
        take_off_sale(staff, Course, [2])
        ordering = other.submit(place, sessions, u1.id)
        eventually(lambda: staff.scalar(WAITING) == 1)
        staff.commit()
        with pytest.raises(Conflict, match="No longer sold"):
            ordering.result(PATIENCE)


def test_a_withdrawal_waits_for_an_order_that_is_being_placed(sessions, u1, withdraw):
    with ThreadPoolExecutor(1) as other, sessions() as buyer:
        order = orders.place(buyer, OrderRequest(u1.id, [2], 0, None, 0), 900)
        withdrawal = other.submit(withdraw, 2)
        eventually(lambda: buyer.scalar(WAITING) == 1)
        assert order.id
        buyer.commit()
        assert withdrawal.result(PATIENCE) == 1


def test_control_without_the_shared_lock_it_is_ordered_after_its_withdrawal(sessions, u1, withdraw):
    with unguarded(sessions, " FOR SHARE", after="FROM courses", meanwhile=lambda: withdraw(2)) as bare:
        order_id = place(bare, u1.id)
    with sessions() as session:
        order, course = session.get_one(Order, order_id), session.get_one(Course, 2)
        assert course.withdrawn_at is not None
        assert order.created_at > course.withdrawn_at
