"""Credit and coupons for many: looked at first, given once."""

import re

import pytest
from sqlalchemy import func, select, text

from shared.models import CreditGrant, IdempotencyKey, UserCoupon
from tests.api.account import pay
from tests.audit import entries
from tests.coupons import make_coupon

FORM = {"what": "credit", "credit": "50", "whom": "names", "names": "u1\nu2\nnobody\nboss\nu1", "reason": "a prize"}


@pytest.fixture
def gift(boss):
    """Look at a gift, or give it, as the page does."""

    def send(*, give=False, token=None, **changes):
        token = token or re.search(r'name="token"[^>]*value="([^"]+)"', boss.get("/gifts/").text)[1]
        sent = FORM | {"token": token} | changes | ({"give": "1"} if give else {})
        return boss.post("/gifts/", sent, follow_redirects=True)

    return send


def credits(sessions) -> list[tuple[int, int]]:
    with sessions() as session:
        rows = select(CreditGrant.user_id, CreditGrant.amount).order_by(CreditGrant.user_id)
        return [tuple(row) for row in session.execute(rows)]


def given(sessions, coupon: int) -> int:
    with sessions() as session:
        return session.scalars(select(func.count()).where(UserCoupon.coupon_id == coupon)).one()


def test_a_preview_gives_nothing_and_names_who_cannot_be_given(boss, gift, sessions, u1, u2):
    with sessions.begin() as session:
        session.execute(text("UPDATE users SET is_disabled = true WHERE username = 'u2'"))
    page = gift().text
    assert "1 users would be given." in page
    assert "50 credits in all." in page
    for refusal in ("nobody: there is no such user", "boss: is yourself", "u2: is blocked"):
        assert refusal in page
    assert (credits(sessions), u1.credit()) == ([], 500)


def test_credit_is_given_once_however_often_it_is_sent(boss, gift, sessions, u1, u2):
    token = "t" * 32
    assert boss.messages(gift(give=True, token=token)) == ["Given to 2."]
    assert boss.messages(gift(give=True, token=token)) == ["This was given before; nobody got it twice."]
    assert boss.messages(gift(give=True, token=token, credit="99")) == [
        "This Idempotency-Key came with another request before."
    ]
    assert (u1.credit(), u2.credit()) == (550, 70)
    assert credits(sessions) == [(u1.id, 50), (u2.id, 50)]
    told = entries(sessions, "credit_granted")
    assert [(entry.subject_id, entry.after["credit"], entry.after["note"]) for entry in told] == [
        (str(u1.id), 550, "a prize"),
        (str(u2.id), 70, "a prize"),
    ]


def test_without_its_token_nothing_is_given_twice_by_accident(boss, gift, sessions):
    assert boss.errors(gift(give=True, token="short")) == []  # a hidden field shows none
    assert credits(sessions) == []
    with sessions() as session:
        assert session.scalars(select(func.count()).select_from(IdempotencyKey)).one() == 0


def test_a_coupon_goes_to_those_who_may_have_it_while_there_are_some(boss, gift, sessions, u1, u2):
    coupon = make_coupon(sessions, total=1)
    change = {"what": "coupon", "coupon": str(coupon)}
    assert "u2: none is left" in gift(**change).text
    assert boss.messages(gift(give=True, **change)) == ["Given to 1."]
    page = gift(**change).text
    assert "u1: already has it" in page
    assert given(sessions, coupon) == 1
    assert coupon in {entry["coupon_id"] for entry in u1.wallet().values()}
    assert entries(sessions, "coupon_given")[0].after == {"coupon": coupon, "user": u1.id, "reason": "a prize"}


def test_a_coupon_that_is_over_is_named(boss, gift):
    assert boss.messages(gift(what="coupon", coupon="4")) == [
        "The time of the coupon “过期” is over; set its end first."
    ]


@pytest.mark.parametrize(
    ("rule", "who"),
    [
        ({"whom": "all"}, {"u1", "u2"}),
        ({"whom": "bought_nothing"}, {"u2"}),
        ({"whom": "spent", "spent": "100"}, {"u1"}),
        ({"whom": "spent", "spent": "100.01"}, set()),
        ({"whom": "since", "since": "2026-01-01"}, {"u1"}),
    ],
)
def test_rules(app, boss, gift, sessions, u1, u2, rule, who):
    pay(app, sessions, u1.ordered(2)["order_number"])
    with sessions.begin() as session:
        session.execute(text("UPDATE users SET created_at = '2020-01-01' WHERE username = 'u2'"))
    boss.messages(gift(give=True, **rule))
    names = {u1.id: "u1", u2.id: "u2"}
    assert {names[user] for user, _ in credits(sessions)} == who


BAD_GIFTS = [
    ({"credit": ""}, "Say how many credits."),
    ({"credit": "-5"}, "Number must be between 1 and 1000000."),
    ({"what": "coupon"}, "Choose a coupon."),
    ({"names": " "}, "Fill in the field for that."),
    ({"whom": "spent"}, "Fill in the field for that."),
    ({"whom": "since"}, "Fill in the field for that."),
    ({"whom": "everybody"}, "Not a valid choice."),
    ({"names": "\n".join(map(str, range(5001)))}, "These are too many at once."),
    ({"reason": " "}, "This field is required."),
]


def test_what_is_missing_is_said(boss, gift, sessions):
    for change, problem in BAD_GIFTS:
        assert problem in boss.errors(gift(give=True, **change)), change
    assert credits(sessions) == []
