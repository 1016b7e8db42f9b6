"""Which coupons an order of the selected courses cannot use, and why; courses are those of `test_coupons_enable`."""

import pytest

from tests.coupons import LONG, NOW, hand_out, make_coupon


def fill(user, *course_ids):
    for course_id in course_ids:
        assert user.post("/cart/", {"course_id": course_id}).status_code == 201


def disabled(user):
    answer = user.get("/coupons/disabled/")
    assert answer.status_code == 200, answer.text
    return {entry["user_coupon_id"]: (entry["reason"], entry["missing"]) for entry in answer.json}


@pytest.mark.parametrize(
    ("coupon", "courses", "expected"),
    [
        ({}, [2], None),
        ({"condition": "100.01"}, [2], ("below_condition", "0.01")),
        ({"condition": 300}, [1, 2], ("below_condition", "200.00")),  # 1 has a price of its own
        ({}, [1], ("discounted", None)),
        ({"coupon_type": 3, "courses": [1]}, [1, 2], ("discounted", None)),
        ({"coupon_type": 1, "directions": [2]}, [1, 2], ("other_courses", None)),
        ({"coupon_type": 2, "categories": [1], "condition": 251}, [2, 3, 6], ("below_condition", "0.50")),
        ({"start_time": NOW + LONG / 2}, [2], ("not_started", None)),
        ({"start_time": NOW - 2 * LONG, "end_time": NOW - LONG}, [2], None),  # over, and shown nowhere
    ],
)
def test_each_reason(u2, sessions, coupon, courses, expected):
    own = hand_out(sessions, u2.id, make_coupon(sessions, **coupon))
    fill(u2, *courses)
    assert disabled(u2).get(own) == expected


def test_every_coupon_of_the_wallet_is_in_one_of_the_two_lists(u1):
    for course_id in (1, 5, 2):
        fill(u1, course_id)
        enabled = {entry["user_coupon_id"] for entry in u1.get("/coupons/enable/").json}
        assert not enabled & set(disabled(u1))
        assert enabled | set(disabled(u1)) == set(u1.wallet())


def test_one_that_an_order_holds_names_it(u1):
    mine = {entry["coupon_id"]: entry["user_coupon_id"] for entry in u1.wallet().values()}
    order = u1.ordered(2, user_coupon_id=mine[1])
    fill(u1, 2)
    told = {entry["user_coupon_id"]: entry for entry in u1.get("/coupons/disabled/").json}
    assert (told[mine[1]]["reason"], told[mine[1]]["order_number"]) == ("held", order["order_number"])
    u1.put(f"/orders/{order['id']}/")
    assert mine[1] not in disabled(u1)


def test_nothing_is_said_of_an_empty_cart(u1):
    assert disabled(u1) == {}
