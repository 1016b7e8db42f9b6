"""Write baskets and what the server's own pricing makes of them, for tests/price.test.ts.

From the top of the repository: PYTHONPATH=. python3 frontend/scripts/price_cases.py > frontend/tests/price-cases.json
"""

import json
import random
import sys
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from shared.errors import Refused
from shared.pricing import CouponRule, Discount, Line, Scope, credit_allowed, quote

RATES = ["0.85", "0.9", "0.5", "0.333", "0.999", "0.8765", "0.9999", "0"]


def basket(chance: random.Random) -> list[Line]:
    """A few courses, some with a discount of their own."""
    return [
        Line(
            course_id=number,
            direction_id=1,
            category_id=1,
            real_price=Decimal(chance.choice([0, 1, 4, 10, 99, 9999, 35800, chance.randrange(100_000)])) / 100,
            discounted=chance.random() < 0.3,
            credit=chance.choice([0, 1, 3, 50, 100, 5000]),
        )
        for number in range(1, chance.randint(2, 5))
    ]


def coupon(chance: random.Random, lines: list[Line]) -> CouponRule | None:
    """Sometimes none, else one of each kind and scope that the page can be handed."""
    if chance.random() < 0.2:
        return None
    everything = chance.random() < 0.5
    discount = chance.choice(list(Discount))
    return CouponRule(
        discount=discount,
        scope=Scope.ALL if everything else Scope.COURSES,
        scope_ids=() if everything else [line.course_id for line in lines if chance.random() < 0.6],
        condition=Decimal(chance.choice(["0.00", "0.00", "0.01", "0.99", "100.00", "358.00"])),
        sale=f"*{chance.choice(RATES)}"
        if discount is Discount.RATE
        else f"-{chance.choice(['30', '0.01', '99.99', '500'])}",
    )


def case(chance: random.Random) -> dict[str, Any]:
    """One basket, with what it costs or None when it is refused."""
    lines = basket(chance)
    rule = coupon(chance, lines)
    credit = chance.randint(0, credit_allowed(lines))
    try:
        price = quote(lines, rule, credit, balance=credit)
        expected = {name: str(value) if isinstance(value, Decimal) else value for name, value in asdict(price).items()}
    except Refused:
        expected = None
    return {
        "lines": [
            {"courseId": line.course_id, "realPrice": f"{line.real_price:.2f}", "discounted": line.discounted}
            for line in lines
        ],
        "coupon": rule
        and {
            "discount": int(rule.discount),
            "sale": rule.sale,
            "condition": str(rule.condition),
            "enableCourse": "__all__" if rule.scope is Scope.ALL else list(rule.scope_ids),
        },
        "credit": credit,
        "expected": expected,
    }


chance = random.Random(20260101)
json.dump([case(chance) for _ in range(250)], sys.stdout, separators=(",", ":"))
print()
