"""Lessons are read and marked by those alone who have paid for their course."""

from collections.abc import Callable

import pytest

from tests.api.account import account, pay
from tests.endpoints import assert_problem
from tests.shop import Shopper, shopper

COURSE = "/courses/7/"


@pytest.fixture
def lesson(client, school_data) -> str:
    return f"{COURSE}lessons/{client.get(COURSE).json['lessons'][0]['id']}/"


def assert_refused(user: Shopper, lesson: str) -> None:
    """Neither the text nor the marks are for them."""
    for answer in (user.get(lesson), user.put(f"{lesson}done/"), user.delete(f"{lesson}done/")):
        assert_problem(answer, 403)
        assert answer.json["code"] == "not_owned"
        assert "ref 与 reactive" not in answer.text
    assert "ref 与 reactive" not in user.get(COURSE).text


def not_at_all(buyer: Shopper) -> None:
    """Has it nowhere."""


def in_the_cart(buyer: Shopper) -> None:
    buyer.post("/cart/", {"course_id": 7})


def unpaid(buyer: Shopper) -> None:
    buyer.ordered(7)


def cancelled(buyer: Shopper) -> None:
    assert buyer.put(f"/orders/{buyer.ordered(7)['id']}/").status_code == 200


@pytest.mark.parametrize("does", [not_at_all, in_the_cart, unpaid, cancelled])
def test_who_has_not_paid_reads_nothing(u1, lesson, does: Callable[[Shopper], None]):
    does(u1)
    assert_refused(u1, lesson)


def test_who_got_the_money_back_reads_no_more(app, sessions, u1, lesson):
    order = u1.ordered(7)
    pay(app, sessions, order["order_number"])
    assert u1.get(lesson).status_code == 200
    assert u1.post(f"/orders/{order['id']}/refund/").status_code == 200
    assert_refused(u1, lesson)


def test_what_another_bought_is_no_use(app, sessions, u1, u2, lesson):
    mine = account(app, sessions, u1)
    assert mine.owner.put(f"{lesson}done/").status_code == 204
    assert_refused(u2, lesson)
    assert [each["done"] for each in u2.get(COURSE).json["lessons"]] == [False, False]
    assert [each["done"] for each in u1.get(COURSE).json["lessons"]] == [True, False]


def test_another_course_that_one_owns_is_no_use(app, sessions, u1, lesson):
    pay(app, sessions, u1.ordered(2)["order_number"])
    assert_problem(u1.get(lesson.replace("/7/", "/2/")), 404)
    assert_refused(u1, lesson)


def test_strangers_read_nothing(client, lesson):
    assert_problem(client.get(lesson), 401)
    assert "reactive" not in client.get(COURSE).text


def test_staff_are_no_owners_either(app, lesson):
    assert_refused(shopper(app, "boss"), lesson)
