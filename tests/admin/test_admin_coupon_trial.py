"""What a coupon would do to a basket."""

import pytest


@pytest.mark.parametrize(
    ("coupon", "courses", "credit", "without", "left", "taken"),
    [
        (1, ["2", "3"], "0", "300.00", "270.00", "0"),
        (2, ["2", "3"], "0", "300.00", "270.00", "0"),  # 15 % of the most expensive
        (1, ["2"], "100", "100.00", "60.00", "100"),
        (3, ["3"], "50", "200.00", "0.00", "0"),  # no credit for what costs nothing any more
        (4, ["2"], "0", "100.00", "99.00", "0"),  # over, but that is not the question
    ],
)
def test_the_price_is_that_of_an_order(boss, coupon, courses, credit, without, left, taken):
    page = boss.post(f"/coupons/try/?id={coupon}", {"courses": courses, "credit": credit}).text
    for said in (f"<td>¥{without}</td>", f"<b>¥{left}</b>", f"<td>{taken}</td>"):
        assert said in page


def test_why_it_cannot_be_used(boss):
    page = boss.post("/coupons/try/?id=3", {"courses": ["2"], "credit": "0"})
    assert boss.messages(page) == ["The coupon is for none of these courses."]
    page = boss.post("/coupons/try/?id=1", {"courses": ["2"], "credit": "501"})
    assert boss.messages(page) == ["More credit than this order or this account allows."]
    assert boss.errors(boss.post("/coupons/try/?id=1", {"credit": "-1"}))
    assert boss.get("/coupons/try/?id=99").status_code == 302
