"""The prices of `baskets.txt`, which were computed by hand."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from shared.errors import Refused
from shared.pricing import CouponRule, Discount, Line, Quote, Scope, quote

BALANCE = 5000
ROWS = [
    [cell.strip() for cell in row.split("|")]
    for row in Path(__file__).with_name("baskets.txt").read_text().splitlines()
    if row and not row.startswith("#")
]


def matched(pattern: str, text: str) -> tuple[Any, ...]:
    match = re.fullmatch(pattern, text)
    assert match, f"what is {text}?"
    return match.groups()


def course(number: int, text: str) -> Line:
    price, own, limit = matched(r"([\d.]+)(?:>([\d.]+))?(?:/(\d+))?", text)
    return Line(number, 0, 0, Decimal(own or price), own is not None, int(limit or 100_000))


def coupon(text: str) -> CouponRule | None:
    if not text:
        return None
    sale, least, courses = matched(r"(\S+)(?: from (\S+))?(?: for (\S+))?", text)
    return CouponRule(
        Discount.RATE if sale[0] == "*" else Discount.TAKE_OFF,
        Scope.COURSES if courses else Scope.ALL,
        Decimal(least or 0),
        sale,
        {int(number) for number in courses.split(",")} if courses else frozenset(),
    )


def test_there_are_enough_of_them():
    assert len(ROWS) >= 40


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[-1])
def test_the_basket_costs_what_the_table_says(row):
    lines = [course(number, text) for number, text in enumerate(row[0].split(), 1)]
    asked = (lines, coupon(row[1]), int(row[2]), BALANCE)
    if row[3] == "refused":
        with pytest.raises(Refused) as refusal:
            quote(*asked)
        assert refusal.value.code == row[4]
    else:
        assert quote(*asked) == Quote(Decimal(row[3]), Decimal(row[4]), int(row[5]), row[6] == "yes")
