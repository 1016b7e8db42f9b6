"""Which coupons an order of the selected courses may use, and what each saves.

Courses of `tests/data/school.json`: 1 costs 399 and has a price of its own, 358; 2 costs 100; 3 costs 200 and 5 0.33,
both in direction 2; 6 costs 150.50.
"""

import pytest

from tests.coupons import LONG, NOW, hand_out, make_coupon


@pytest.fixture
def nobody(u2, sessions):
    """u2 without a coupon."""
    from sqlalchemy import text

    with sessions.begin() as session:
        session.execute(text("DELETE FROM user_coupons WHERE user_id = :id"), {"id": u2.id})
    return u2


def fill(user, *course_ids, unselected=()):
    for course_id in course_ids + tuple(unselected):
        assert user.post("/cart/", {"course_id": course_id}).status_code == 201
    for course_id in unselected:
        user.patch(f"/cart/{course_id}/", {"selected": False})


def enabled(user):
    answer = user.get("/coupons/enable/")
    assert answer.status_code == 200, answer.text
    return {entry["user_coupon_id"]: (entry["enable_course"], entry["saves"]) for entry in answer.json}


@pytest.mark.parametrize(
    ("coupon", "courses", "expected"),
    [
        ({}, [2], ("__all__", "30.00")),
        ({"sale": "-30.5"}, [2, 3], ("__all__", "30.50")),
        ({"sale": "-500"}, [2], ("__all__", "100.00")),
        ({"sale": "-500"}, [1, 2], ("__all__", "100.00")),  # 1 has a price of its own
        ({}, [1], None),
        ({"condition": 100}, [2], ("__all__", "30.00")),
        ({"condition": "100.01"}, [2], None),
        ({"condition": 300}, [2, 3], ("__all__", "30.00")),
        ({"condition": 300}, [1, 2], None),
        ({"discount": 2, "sale": "*0.85"}, [2, 3], ("__all__", "30.00")),  # of the dearest, 200
        ({"discount": 2, "sale": "*0.85"}, [5], ("__all__", "0.05")),  # 0.33 * 0.85 = 0.2805
        ({"discount": 2, "sale": "*1"}, [2], ("__all__", "0.00")),
        ({"coupon_type": 1, "directions": [2]}, [2, 3], ([3], "30.00")),
        ({"coupon_type": 1, "directions": [2]}, [2], None),
        ({"coupon_type": 1, "directions": [1, 2]}, [1, 2, 3], ([2, 3], "30.00")),
        ({"coupon_type": 2, "categories": [1]}, [2, 3, 6], ([2, 6], "30.00")),
        ({"coupon_type": 2, "categories": [1], "condition": 251}, [2, 3, 6], None),
        ({"coupon_type": 3, "courses": [3]}, [2, 3], ([3], "30.00")),
        ({"coupon_type": 3, "courses": [3], "sale": "-500"}, [2, 3], ([3], "200.00")),
        ({"coupon_type": 3, "courses": [1]}, [1, 2], None),
        ({"start_time": NOW + LONG / 2}, [2], None),
        ({"start_time": NOW - 2 * LONG, "end_time": NOW - LONG}, [2], None),
    ],
)
def test_what_is_offered_and_what_an_order_makes_of_it(nobody, sessions, coupon, courses, expected):
    own = hand_out(sessions, nobody.id, make_coupon(sessions, **coupon))
    fill(nobody, *courses)
    assert enabled(nobody) == ({} if expected is None else {own: expected})
    total = float(nobody.get("/cart/").json["real_price"])
    placed = nobody.post("/orders/", {"pay_type": 0, "user_coupon_id": own})
    assert placed.status_code == (400 if expected is None else 201)
    if expected is not None:
        order = nobody.get(f"/orders/{placed.json['id']}/").json
        assert float(order["real_price"]) == pytest.approx(total - float(expected[1]))


def test_the_best_comes_first_and_each_is_a_wallet_entry(u1):
    fill(u1, 2, 3)
    answer = u1.get("/coupons/enable/").json
    assert [(entry["coupon_id"], entry["enable_course"], entry["saves"]) for entry in answer] == [
        (3, [3], "200.00"),
        (1, "__all__", "30.00"),
        (2, "__all__", "30.00"),
    ]
    wallet = u1.wallet()
    for entry in answer:
        assert wallet[entry["user_coupon_id"]].items() <= entry.items()


def test_only_what_is_selected_counts(u1):
    fill(u1, 2, unselected=[3])
    assert {courses for courses, _ in enabled(u1).values()} == {"__all__"}
    u1.patch("/cart/", {"selected": False})
    assert enabled(u1) == {}


def test_an_empty_cart(u1):
    assert enabled(u1) == {}


def test_what_an_order_holds_is_not_offered(u1):
    mine = {entry["coupon_id"]: entry["user_coupon_id"] for entry in u1.wallet().values()}
    order = u1.ordered(2, user_coupon_id=mine[1])
    fill(u1, 2)
    assert set(enabled(u1)) == {mine[2]}
    u1.put(f"/orders/{order['id']}/")
    assert set(enabled(u1)) == {mine[1], mine[2]}


def test_a_course_that_is_gone_does_not_matter(u1, redis):
    fill(u1, 2)
    redis.hset(f"cart_{u1.id}", mapping={"777": "1", "x": "1"})
    assert len(enabled(u1)) == 2
