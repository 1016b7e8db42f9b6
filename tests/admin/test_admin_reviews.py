"""Reviews that staff hide, and show again."""

import pytest
from sqlalchemy import select

from shared.models import Review
from tests.api.account import pay
from tests.audit import entries


@pytest.fixture
def reviewed(app, sessions, u1, u2) -> int:
    """Course 2 has a review of 1 and one of 5; returns the id of the worse."""
    for buyer, rating, content in ((u1, 1, "<b>rude</b>"), (u2, 5, "good")):
        order = buyer.ordered(2)
        pay(app, sessions, order["order_number"])
        assert buyer.post(f"/orders/{order['id']}/review/", {"rating": rating, "content": content}).status_code == 201
    with sessions() as session:
        return session.scalars(select(Review.id).where(Review.rating == 1)).one()


def decide(boss, review: int, hide: str, reason: str = "rude"):
    return boss.post(f"/reviews/moderate/?id={review}", {"hide": hide, "reason": reason})


def shown(client):
    course = client.get("/courses/2/").json
    return course["rating"], course["review_count"], [each["content"] for each in course["reviews"]]


def test_what_is_hidden_neither_shows_nor_counts(boss, reviewed, client, sessions, u1):
    assert shown(client) == ("3.0", 2, ["good", "<b>rude</b>"])
    assert decide(boss, reviewed, "1").status_code == 303
    assert shown(client) == ("5.0", 1, ["good"])
    assert u1.get("/users/me/courses/").json["results"][0]["reviewed"] is True  # nobody writes it anew
    assert decide(boss, reviewed, "0", "a mistake").status_code == 303
    assert shown(client) == ("3.0", 2, ["good", "<b>rude</b>"])
    told = [(entry.action, entry.after["reason"]) for entry in entries(sessions, "review_hidden", "review_shown")]
    assert told == [("review_hidden", "rude"), ("review_shown", "a mistake")]


def test_a_reason_is_needed_and_what_is_done_is_not_done_twice(boss, reviewed, client, sessions):
    assert boss.errors(decide(boss, reviewed, "1", " "))
    assert decide(boss, reviewed, "1").status_code == 303
    assert boss.messages(decide(boss, reviewed, "1")) == ["Somebody else has done so meanwhile."]
    assert len(entries(sessions, "review_hidden")) == 1
    assert decide(boss, 99, "1").status_code == 302


@pytest.mark.attack
def test_what_buyers_wrote_is_not_html(boss, reviewed):
    for path in ("/reviews/", f"/reviews/details/?id={reviewed}", f"/reviews/moderate/?id={reviewed}"):
        page = boss.get(path).text
        assert "rude" in page
        assert "<b>rude" not in page
