"""Reviews, the account's history, counts, quotes and repeated requests."""

import pytest
from sqlalchemy import select

from shared import orders
from shared.accounts.credit import grant
from shared.models import Order, User
from shared.orders import Receipt
from tests.api.account import time_out
from tests.shop import Shopper


@pytest.fixture
def pay(sessions):
    """Let the provider's money come in for an order."""

    def settle(order: dict) -> None:
        with sessions.begin() as session:
            found = session.get_one(Order, order["id"])
            orders.settle(session, Receipt(found.order_number, f"T{found.id}", found.real_price))

    return settle


def test_a_paid_course_is_reviewed_once(u1: Shopper, pay):
    order = u1.ordered(1, 2)
    review = {"rating": 4, "content": "好课"}
    assert u1.post(f"/orders/{order['id']}/review/", review).status_code == 409
    pay(order)
    first = u1.post(f"/orders/{order['id']}/review/", review | {"course_id": 1})
    assert (first.status_code, first.json["course_ids"]) == (201, [1])
    assert u1.post(f"/orders/{order['id']}/review/", review | {"course_id": 1}).json["code"] == "already_reviewed"
    assert u1.post(f"/orders/{order['id']}/review/", review | {"course_id": 3}).status_code == 404
    assert u1.post(f"/orders/{order['id']}/review/", review | {"rating": 5}).json["course_ids"] == [2]
    assert u1.post(f"/orders/{order['id']}/review/", review).status_code == 409
    lines = u1.get(f"/orders/{order['id']}/").json["order_courses"]
    assert [line["reviewed"] for line in lines] == [True, True]
    shown = u1.get("/courses/1/").json
    assert shown["rating"] == "4.0"
    assert [(each["nickname"], each["content"]) for each in shown["reviews"]] == [("", "好课")]


def test_nobody_reviews_the_order_of_another(u1: Shopper, u2: Shopper, pay):
    order = u1.ordered(1)
    pay(order)
    assert u2.post(f"/orders/{order['id']}/review/", {"rating": 1, "content": "x"}).status_code == 404


def test_the_ledger_names_each_order_it_took_for(u1: Shopper):
    order = u1.ordered(1, credit=10)
    u1.put(f"/orders/{order['id']}/")
    entries = u1.get("/users/me/ledger/").json
    assert [(each["kind"], each["action"], each["amount"], each["order_number"]) for each in entries["results"]] == [
        ("credit", "give_back", 10, order["order_number"]),
        ("credit", "take", 10, order["order_number"]),
    ]


def told(buyer: Shopper, **query: int) -> list[tuple[str, int]]:
    """What each entry of the credit means, and how much there was after it; the newest first."""
    entries = buyer.get("/users/me/ledger/", query_string={"size": 20, **query}).json["results"]
    return [(each["effect"], each["balance"]) for each in entries if each["kind"] == "credit"]


def test_the_ledger_says_what_is_held_spent_and_given_back_and_what_is_left(u1: Shopper, pay):
    cancelled, paid = u1.ordered(2, credit=100), u1.ordered(3, credit=30)
    assert told(u1) == [("held", 370), ("held", 400)]
    u1.put(f"/orders/{cancelled['id']}/")
    pay(paid)
    assert told(u1) == [("given_back", 470), ("spent", 370), ("held", 400)]
    assert u1.credit() == 470


def test_what_was_held_before_an_order_was_recovered_is_not_spent(app, sessions, u1: Shopper, pay):
    order = u1.ordered(2, credit=100)
    time_out(sessions, order["id"])
    u1.post(f"/orders/{order['id']}/recover/")
    pay(order)
    assert told(u1) == [("spent", 400), ("given_back", 500), ("held", 400)]


def test_grants_count_and_coupons_do_not(u1: Shopper, sessions):
    coupon = next(id for id, entry in u1.wallet().items() if entry["coupon_id"] == 1)
    with sessions.begin() as session:
        boss = session.scalars(select(User.id).where(User.is_staff)).one()
        grant(session, u1.id, 50, "welcome", boss)
    u1.ordered(2, user_coupon_id=coupon, credit=10)
    with sessions.begin() as session:
        grant(session, u1.id, -40, "a mistake", boss)
    assert told(u1) == [("withdrawn", 500), ("held", 540), ("granted", 550)]
    [of_coupon] = [each for each in u1.get("/users/me/ledger/?size=20").json["results"] if each["kind"] == "coupon"]
    assert (of_coupon["effect"], of_coupon["balance"]) == ("held", 540)


def test_a_later_page_of_the_ledger_goes_on_with_the_balance(u1: Shopper):
    for credit in (100, 30):
        u1.ordered(2, credit=credit)
    assert told(u1, size=1, page=2) == told(u1)[1:] == [("held", 400)]


def test_bought_courses_and_bills(u1: Shopper, u2: Shopper, pay):
    assert u1.get("/users/me/courses/").json["count"] == 0
    order = u1.ordered(1, 2)
    pay(order)
    bought = u1.get("/users/me/courses/?size=1").json
    assert (bought["count"], len(bought["results"]), bought["results"][0]["reviewed"]) == (2, 1, False)
    [bill] = u1.get("/users/me/bills/").json["results"]
    assert (bill["kind"], bill["amount"], bill["state"]) == ("payment", order["real_price"], "done")
    assert u2.get("/users/me/bills/").json["count"] == u2.get("/users/me/ledger/").json["count"] == 0


def test_counts_by_state(u1: Shopper, pay):
    kept, cancelled = u1.ordered(1), u1.ordered(2)
    u1.put(f"/orders/{cancelled['id']}/")
    pay(kept)
    assert u1.get("/orders/counts/").json == {"-1": 2, "0": 0, "1": 1, "2": 1, "3": 0, "4": 0}


def test_a_quote_says_what_the_order_then_costs(u1: Shopper):
    u1.post("/cart/", {"course_id": 1})
    quote = u1.post("/orders/quote/", {"credit": 10}).json
    assert quote["balance"] == 500
    order = u1.ordered(credit=10)
    assert (order["total_price"], order["real_price"], order["credit"]) == (
        quote["total_price"],
        quote["real_price"],
        quote["credit"],
    )
    assert u1.post("/orders/quote/", {}).json["code"] == "cart_empty"


def test_a_repeated_request_orders_once(u1: Shopper):
    u1.post("/cart/", {"course_id": 1})
    body, key = {"pay_type": 0, "user_coupon_id": -1, "credit": 10}, {"Idempotency-Key": "k1"}
    first = u1.post("/orders/", body, headers=key)
    again = u1.post("/orders/", body, headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json == again.json
    assert u1.get("/orders/list/").json["count"] == 1
    assert u1.credit() == 490
    other = u1.post("/orders/", body | {"credit": 0}, headers=key)
    assert (other.status_code, other.json["code"]) == (422, "idempotency_key_reused")


def test_keys_are_each_users_own_and_a_failure_is_not_kept(u1: Shopper, u2: Shopper):
    key = {"Idempotency-Key": "same"}
    assert u1.post("/orders/", {"pay_type": 0}, headers=key).json["code"] == "cart_empty"
    for user in (u1, u2):
        user.post("/cart/", {"course_id": 1})
        assert user.post("/orders/", {"pay_type": 0}, headers=key).status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_a_bad_key_is_refused(u1: Shopper, key):
    assert u1.post("/orders/", {"pay_type": 0}, headers={"Idempotency-Key": key}).status_code == 422
