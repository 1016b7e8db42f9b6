"""Credit that staff give and take."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from shared.accounts.credit import grant
from shared.errors import Conflict
from shared.models import CreditGrant
from shared.stores import redis_keys
from shared.stores.events import announced

PATIENCE = 10.0  # seconds; a bound against hanging


def give(boss, user, amount, note="n"):
    return boss.post(f"/users/grant/?id={user.id}", {"amount": str(amount), "note": note})


def grants(sessions, user):
    with sessions() as session:
        rows = select(CreditGrant.amount, CreditGrant.note, CreditGrant.staff_id).where(CreditGrant.user_id == user.id)
        return [tuple(row) for row in session.execute(rows.order_by(CreditGrant.id))]


def test_credit_and_its_grants_agree(boss, u1, sessions):
    for amount in (100, -30, 5):
        assert give(boss, u1, amount, f"because of {amount}").status_code == 303
    assert u1.credit() == 500 + 75
    assert [(amount, note) for amount, note, _ in grants(sessions, u1)] == [
        (100, "because of 100"),
        (-30, "because of -30"),
        (5, "because of 5"),
    ]
    assert {staff for *_, staff in grants(sessions, u1)} == {3}
    details = boss.get(f"/users/details/?id={u1.id}").text
    assert "because of -30" in details
    assert "because of -30" in boss.get("/credit_grants/").text


def test_their_streams_are_woken(boss, u1, redis):
    with redis.pubsub() as hearing:
        hearing.subscribe(redis_keys.EVENTS_CHANNEL)
        assert hearing.get_message(timeout=PATIENCE)["type"] == "subscribe"
        give(boss, u1, 100)
        assert announced(hearing.get_message(timeout=PATIENCE)["data"]) == {u1.id}


@pytest.mark.attack
def test_never_below_nothing(boss, u1, sessions):
    u1.ordered(2, credit=400)
    page = give(boss, u1, -101)
    assert boss.messages(page) == ["The account does not have that much credit."]
    assert (u1.credit(), grants(sessions, u1)) == (100, [])
    assert give(boss, u1, -100).status_code == 303
    assert u1.credit() == 0


@pytest.mark.parametrize("amount", ["", "0", "x", "1.5", "9" * 30])
def test_an_amount_that_makes_no_sense(boss, u1, sessions, amount):
    page = give(boss, u1, amount)
    assert page.status_code == 200
    assert boss.errors(page)
    assert (u1.credit(), grants(sessions, u1)) == (500, [])


def test_a_grant_says_why(boss, u1, sessions):
    assert boss.errors(give(boss, u1, 5, " "))
    assert grants(sessions, u1) == []


@pytest.mark.attack
def test_taken_by_many_at_once_it_is_taken_as_often_as_it_lasts(u1, sessions):
    def take(_):
        try:
            with sessions.begin() as session:
                grant(session, u1.id, -120, "n", 3)
        except Conflict:
            return 0
        return 1

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(take, range(8))) == 4
    assert u1.credit() == 500 - 4 * 120
    assert len(grants(sessions, u1)) == 4
