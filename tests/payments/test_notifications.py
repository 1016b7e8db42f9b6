"""What a user is told of, and how far they have read it."""

from typing import Any

from sqlalchemy import select

from shared import orders
from shared.accounts.credit import grant
from shared.coupons.grants import give
from shared.models import User
from tests.coupons import make_coupon
from tests.shop import Shopper, body


def told(buyer: Shopper) -> list[dict[str, Any]]:
    """What came beside the coupons that the school began with, the newest first."""
    return [each for each in body(buyer.get("/users/me/notifications/?size=20"))["results"] if each["what"] != "coupon"]


def whats(buyer: Shopper) -> list[str]:
    return [each["what"] for each in told(buyer)]


def unread(buyer: Shopper) -> int:
    return body(buyer.get("/users/me/notifications/"))["unread"]


def test_ones_own_doing_is_no_news(u1):
    order = u1.ordered(2, credit=10)
    u1.put(f"/orders/{order['id']}/")
    u1.ordered(5, credit=4)
    assert told(u1) == []


def test_what_the_clock_and_the_provider_did_is_told(u1, u2, till):
    late, paid = u1.ordered(2, credit=10), u1.ordered(3)
    till.time_out(late["id"])
    till.pay(till.link(u1, paid))
    till.deliver()
    u1.post(f"/orders/{paid['id']}/refund/")
    assert whats(u1) == ["money_back", "paid", "timed_out"]
    back = told(u1)[0]
    assert (back["order_id"], back["order_number"], back["amount"]) == (
        paid["id"],
        paid["order_number"],
        paid["real_price"],
    )
    assert told(u2) == []


def test_late_money_is_told_as_what_became_of_it(u1, till):
    kept, lost = u1.ordered(2, credit=10), u1.ordered(3, credit=300)
    links = [till.link(u1, order) for order in (kept, lost)]
    till.time_out(kept["id"], lost["id"])
    u1.ordered(6, 7, 2, credit=450)
    for link in links:
        till.pay(link)
        till.deliver()
    assert whats(u1)[:2] == ["payment_returned", "paid_late"]


def test_what_staff_did_is_told(u1, sessions):
    order = u1.ordered(2)
    with sessions.begin() as session:
        boss = session.scalars(select(User.id).where(User.is_staff)).one()
        grant(session, u1.id, 50, "welcome", boss)
        orders.cancel_for_user(session, order["id"], "they called us")
    assert [(each["what"], each["credit"], each["note"]) for each in told(u1)] == [
        ("cancelled", 0, ""),
        ("credit", 50, "welcome"),
    ]


def test_a_coupon_that_was_given_is_told_and_one_that_was_taken_is_not(u1, sessions):
    before = body(u1.get("/users/me/notifications/"))["count"]
    taken = make_coupon(sessions, total=10)
    assert u1.post(f"/coupons/{taken}/claim/").status_code == 201
    assert body(u1.get("/users/me/notifications/"))["count"] == before
    with sessions.begin() as session:
        give(session, 1, ["u1"])
    newest = body(u1.get("/users/me/notifications/"))["results"][0]
    assert (newest["what"], newest["coupon"], newest["read"]) == ("coupon", "减 30", False)


def test_what_was_read_stays_read_and_what_comes_later_is_new(u1, u2, till):
    assert u1.put("/users/me/notifications/read/").status_code == 204
    others = unread(u2)
    till.time_out(u1.ordered(2)["id"])
    assert (unread(u1), [each["read"] for each in told(u1)]) == (1, [False])
    u1.put("/users/me/notifications/read/")
    assert (unread(u1), [each["read"] for each in told(u1)]) == (0, [True])
    till.time_out(u1.ordered(3)["id"])
    assert (unread(u1), [each["read"] for each in told(u1)]) == (1, [False, True])
    assert unread(u2) == others > 0


def test_an_order_that_was_deleted_is_not_spoken_of(u1, till):
    order = u1.ordered(2)
    till.time_out(order["id"])
    assert whats(u1) == ["timed_out"]
    u1.delete(f"/orders/{order['id']}/")
    assert told(u1) == []
