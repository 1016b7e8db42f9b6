"""Prices, each computed by hand."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import Refused
from shared.pricing import CouponRule, Discount, Line, Quote, Scope, quote

ALL: dict[str, Any] = {"scope": Scope.ALL, "condition": Decimal(0)}


def line(price: str, course_id: int = 1, *, discounted: bool = False, credit: int = 100_000) -> Line:
    return Line(course_id, course_id * 10, course_id * 100, Decimal(price), discounted, credit)


def take_off(sale: str, **more) -> CouponRule:
    return CouponRule(Discount.TAKE_OFF, sale=sale, **ALL | more)


def rate(sale: str, **more) -> CouponRule:
    return CouponRule(Discount.RATE, sale=sale, **ALL | more)


def costs(total: str, real: str, credit: int = 0, coupon: bool = False) -> Quote:
    return Quote(Decimal(total), Decimal(real), credit, coupon)


@pytest.mark.parametrize(
    ("lines", "coupon", "credit", "expected"),
    [
        pytest.param([line("99.00")], None, 0, costs("99.00", "99.00"), id="plain"),
        pytest.param(
            [line("358.00", discounted=True), line("100.00", 2)], None, 0, costs("458.00", "458.00"), id="sum"
        ),
        pytest.param([line("99.00")], take_off("-30"), 0, costs("99.00", "69.00", coupon=True), id="take-off"),
        pytest.param([line("99.00")], take_off("-0.50"), 0, costs("99.00", "98.50", coupon=True), id="cents off"),
        pytest.param([line("20.00")], take_off("-30"), 0, costs("20.00", "0.00", coupon=True), id="not below zero"),
        pytest.param(
            [line("20.00"), line("50.00", 2, discounted=True)],
            take_off("-30"),
            0,
            costs("70.00", "50.00", coupon=True),
            id="at most the eligible sum",
        ),
        pytest.param([line("99.00")], rate("*0.85"), 0, costs("99.00", "84.15", coupon=True), id="rate"),
        pytest.param(
            [line("99.00"), line("300.00", 2), line("500.00", 3, discounted=True)],
            rate("*0.85"),
            0,
            costs("899.00", "854.00", coupon=True),
            id="dearest eligible line",
        ),
        pytest.param([line("0.33")], rate("*0.85"), 0, costs("0.33", "0.28", coupon=True), id="0.2805 rounds down"),
        pytest.param([line("0.50")], rate("*0.85"), 0, costs("0.50", "0.43", coupon=True), id="0.425 rounds half up"),
        pytest.param([line("99.00")], rate("*0"), 0, costs("99.00", "0.00", coupon=True), id="rate of nothing"),
        pytest.param([line("99.00")], rate("*1"), 0, costs("99.00", "99.00"), id="a rate of one takes no coupon"),
        pytest.param([line("0.01")], rate("*0.9"), 0, costs("0.01", "0.01"), id="no cent less, no coupon"),
        pytest.param([line("99.00")], take_off("-0"), 0, costs("99.00", "99.00"), id="nothing off"),
        pytest.param([line("99.00")], None, 100, costs("99.00", "89.00", 100), id="credit"),
        pytest.param([line("99.00")], None, 990, costs("99.00", "0.00", 990), id="all by credit"),
        pytest.param([line("99.00")], None, 2000, costs("99.00", "0.00", 990), id="no more than needed"),
        pytest.param([line("0.33")], None, 10, costs("0.33", "0.00", 4), id="the last credit covers 0.03"),
        pytest.param([line("0.33")], None, 3, costs("0.33", "0.03", 3), id="three cover 0.30"),
        pytest.param([line("99.00")], take_off("-30"), 100, costs("99.00", "59.00", 100, True), id="both"),
        pytest.param([line("20.00")], take_off("-30"), 100, costs("20.00", "0.00", 0, True), id="coupon first"),
        pytest.param([line("0.33")], rate("*0.85"), 10, costs("0.33", "0.00", 3, True), id="0.2805 needs three"),
        pytest.param(
            [line("0.24")], rate("*0.85"), 2, costs("0.24", "0.00", 2, True), id="0.204 rounds to 0.00 with two"
        ),
        pytest.param([line("0.00")], None, 10, costs("0.00", "0.00"), id="free"),
    ],
)
def test_what_it_costs(lines, coupon, credit, expected):
    assert quote(lines, coupon, credit, balance=5000) == expected


@pytest.mark.parametrize(
    ("scope", "ids", "eligible"),
    [
        (Scope.ALL, (), True),
        (Scope.DIRECTIONS, (10,), True),
        (Scope.DIRECTIONS, (1, 100), False),
        (Scope.CATEGORIES, (100,), True),
        (Scope.CATEGORIES, (1, 10), False),
        (Scope.COURSES, (1,), True),
        (Scope.COURSES, (10, 100), False),
        (Scope.COURSES, (), False),
    ],
)
def test_what_a_coupon_is_for(scope, ids, eligible):
    assert take_off("-1", scope=scope, scope_ids=ids).covers(line("5.00")) is eligible
    assert not take_off("-1", scope=scope, scope_ids=ids).covers(line("5.00", discounted=True))


@pytest.mark.parametrize(("condition", "refused"), [("98.99", False), ("99.00", False), ("99.01", True)])
def test_the_condition_counts_eligible_lines_alone(condition, refused):
    lines = [line("99.00"), line("500.00", 2, discounted=True)]
    coupon = take_off("-30", condition=Decimal(condition))
    if refused:
        with pytest.raises(Refused, match="at least"):
            quote(lines, coupon)
    else:
        assert quote(lines, coupon).real_price == Decimal("569.00")


def test_a_coupon_for_none_of_the_courses_is_refused():
    with pytest.raises(Refused) as refusal:
        quote([line("99.00", discounted=True)], take_off("-30"))
    assert refusal.value.code == "coupon_not_applicable"


@pytest.mark.parametrize(("credit", "balance", "allowed"), [(11, 5000, 10), (6, 5, 10)])
def test_more_credit_than_there_is_or_than_the_courses_allow_is_refused(credit, balance, allowed):
    with pytest.raises(Refused) as refusal:
        quote([line("99.00", credit=allowed)], None, credit, balance)
    assert refusal.value.code == "credit_not_allowed"


prices = st.decimals(min_value=0, max_value=1000, places=2)
coupons = (
    st.none()
    | prices.map(lambda p: take_off(f"-{p}"))
    | st.integers(0, 10_000).map(lambda r: rate(f"*{r / 10000:.4f}"))
)


@given(st.lists(st.tuples(prices, st.booleans()), min_size=1, max_size=5), coupons, st.integers(0, 20_000))
def test_whatever_is_bought(amounts, coupon, credit):
    lines = [line(str(price), number, discounted=own) for number, (price, own) in enumerate(amounts, 1)]
    try:
        result = quote(lines, coupon, credit, balance=20_000)
    except Refused:
        assert coupon is not None
        assert all(own for _, own in amounts)
        return
    assert 0 <= result.real_price <= result.total_price == sum(price for price, _ in amounts)
    assert result.real_price.as_tuple().exponent == -2
    assert 0 <= result.credit <= credit
    if result.credit:
        less = quote(lines, coupon, result.credit - 1, balance=20_000)
        assert less.real_price > result.real_price
    if result.takes_coupon:
        assert quote(lines).real_price > quote(lines, coupon).real_price
