"""A key that is sent again: for orders, refunds and recoveries, within a day."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from shared.order_status import OrderStatus
from tests.api.account import pay, time_out

KEY = {"Idempotency-Key": "once"}
ORDER = {"pay_type": 0, "user_coupon_id": -1, "credit": 0}
A_DAY_LATER = "UPDATE idempotency_keys SET created_at = created_at - interval '24 hours'"


@pytest.fixture
def paid(app, sessions, u1):
    order = u1.ordered(2, credit=10)
    pay(app, sessions, order["order_number"])
    return order["id"]


@pytest.fixture
def timed_out(sessions, u1):
    order = u1.ordered(1, credit=10)
    time_out(sessions, order["id"])
    return order["id"]


def test_a_refund_that_is_sent_again_is_done_once(u1, paid):
    first, again = (u1.post(f"/orders/{paid}/refund/", headers=KEY) for _ in range(2))
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json["order_status"] == again.json["order_status"] == OrderStatus.REFUNDED
    assert u1.credit() == 500
    assert u1.post(f"/orders/{paid}/refund/").status_code == 409, "without the key it is another request"


def test_a_recovery_that_is_sent_again_is_done_once(u1, timed_out, sessions):
    first, again = (u1.post(f"/orders/{timed_out}/recover/", headers=KEY) for _ in range(2))
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json["expires_at"] == again.json["expires_at"]
    time_out(sessions, timed_out)
    late = u1.post(f"/orders/{timed_out}/recover/", headers=KEY)
    assert (late.status_code, late.json["order_status"]) == (200, OrderStatus.TIMED_OUT), "not recovered again"


@pytest.mark.attack
def test_at_the_same_time(app, u1, paid):
    def refund(_):
        return app.test_client().post(f"/orders/{paid}/refund/", headers=KEY | {"Authorization": f"Bearer {u1.token}"})

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(refund, range(4)))
    assert [answer.status_code for answer in answers] == [200] * 4
    assert u1.credit() == 500


@pytest.mark.attack
def test_a_key_is_for_one_request(u1, paid, timed_out):
    u1.post(f"/orders/{paid}/refund/", headers=KEY)
    for path in (f"/orders/{timed_out}/recover/", f"/orders/{timed_out}/refund/"):
        refused = u1.post(path, headers=KEY)
        assert (refused.status_code, refused.json["code"]) == (422, "idempotency_key_reused")
    assert u1.post("/orders/", ORDER, headers=KEY).status_code == 422


def test_what_was_refused_is_not_kept(u1, timed_out):
    assert u1.post(f"/orders/{timed_out}/refund/", headers=KEY).status_code == 409
    assert u1.post(f"/orders/{timed_out}/recover/", headers=KEY).status_code == 200


def test_after_a_day_a_key_is_as_good_as_new_and_gone(u1, sessions):
    for course in (1, 2):
        u1.post("/cart/", {"course_id": course})
        assert u1.post("/orders/", ORDER, headers=KEY).status_code == 201
        with sessions.begin() as session:
            session.execute(text(A_DAY_LATER))
    assert u1.get("/orders/list/").json["count"] == 2
    u1.post("/cart/", {"course_id": 3})
    u1.post("/orders/", ORDER, headers={"Idempotency-Key": "another"})
    with sessions() as session:
        assert session.scalars(text("SELECT key FROM idempotency_keys")).all() == ["another"]
