"""What an order costs (contract, section 4). Pure: decimals in, decimals out."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from enum import IntEnum
from typing import Protocol, Self

from shared.errors import Refused

CENT = Decimal("0.01")
HALF_A_CENT = Decimal("0.005")
ONE_CREDIT = Decimal("0.10")
NOTHING = Decimal(0)


class Discount(IntEnum):
    """How a coupon lowers the price."""

    TAKE_OFF = 1
    RATE = 2


class Scope(IntEnum):
    """What a coupon is for (`coupon_type`)."""

    ALL = 0
    DIRECTIONS = 1
    CATEGORIES = 2
    COURSES = 3


class GetType(IntEnum):
    """How a user comes by a coupon."""

    GIVEN = 0
    TAKEN = 1


class Priced(Protocol):
    """What the rules look at in a course."""

    @property
    def id(self) -> int: ...
    @property
    def direction_id(self) -> int: ...
    @property
    def category_id(self) -> int: ...
    @property
    def credit(self) -> int: ...
    @property
    def real_price(self) -> Decimal: ...
    @property
    def discount_price(self) -> Decimal | None: ...


@dataclass(frozen=True)
class Line:
    """A course in the basket. `real_price` is its price after a discount of its own."""

    course_id: int
    direction_id: int
    category_id: int
    real_price: Decimal
    discounted: bool
    credit: int

    @classmethod
    def of(cls, course: Priced) -> Self:
        """The course as the rules see it."""
        return cls(
            course.id,
            course.direction_id,
            course.category_id,
            course.real_price,
            course.discount_price is not None,
            course.credit,
        )


@dataclass(frozen=True)
class CouponRule:
    """What a coupon does: `sale` is `"-30"` or `"*0.85"`, `scope_ids` are of what `scope` says."""

    discount: Discount
    scope: Scope
    condition: Decimal
    sale: str
    scope_ids: Collection[int] = field(default_factory=frozenset)

    def covers(self, line: Line) -> bool:
        """Whether the line is eligible: in scope and without a discount of its own."""
        return not line.discounted and self.is_for(line)

    def is_for(self, line: Line) -> bool:
        """Whether the line is in scope."""
        match self.scope:
            case Scope.ALL:
                return True
            case Scope.DIRECTIONS:
                return line.direction_id in self.scope_ids
            case Scope.CATEGORIES:
                return line.category_id in self.scope_ids
            case Scope.COURSES:
                return line.course_id in self.scope_ids


@dataclass(frozen=True)
class Quote:
    """The price of a basket: what is left to pay, the credits it takes and whether it takes the coupon."""

    total_price: Decimal
    real_price: Decimal
    credit: int
    takes_coupon: bool


def quote(lines: Sequence[Line], coupon: CouponRule | None = None, credit: int = 0, balance: int = 0) -> Quote:
    """Return what the basket costs with that coupon and up to that many credits.

    `balance` is how many credits the user has. Nothing is taken that does not lower the price.
    Raises Refused when the coupon cannot apply or more credit is asked for than is allowed.
    """
    if credit > min(balance, credit_allowed(lines)):
        raise Refused("credit_not_allowed", "More credit than this order or this account allows.")
    total = sum((line.real_price for line in lines), NOTHING)
    reduction = coupon_reduction(coupon, lines) if coupon else NOTHING
    takes_coupon = to_cents(total - reduction) < to_cents(total)
    left = total - reduction if takes_coupon else total
    taken = min(credit, credit_needed(left))
    real_price = to_cents(max(left - taken * ONE_CREDIT, NOTHING))
    return Quote(to_cents(total), real_price, taken, takes_coupon)


def credit_allowed(lines: Sequence[Line]) -> int:
    """The most credits these courses let an order use."""
    return sum(line.credit for line in lines)


def coupon_reduction(coupon: CouponRule, lines: Sequence[Line]) -> Decimal:
    """Return exactly how much the coupon takes off these lines. Raises Refused when it cannot apply."""
    eligible = [line.real_price for line in lines if coupon.covers(line)]
    if not eligible:
        raise Refused("coupon_not_applicable", "The coupon is for none of these courses.")
    if sum(eligible) < coupon.condition:
        raise Refused("coupon_not_applicable", f"The coupon needs at least {coupon.condition} of its courses.")
    amount = Decimal(coupon.sale[1:])
    if coupon.discount is Discount.TAKE_OFF:
        return min(amount, sum(eligible, NOTHING))
    return max(eligible) * (1 - amount)


def credit_needed(left: Decimal) -> int:
    """The fewest credits that leave nothing to pay of `left`; the last may cover less than 0.10."""
    if left < HALF_A_CENT:
        return 0
    return int(((left - HALF_A_CENT) / ONE_CREDIT).to_integral_value(ROUND_FLOOR)) + 1


def to_cents(amount: Decimal) -> Decimal:
    """Round half up to cents."""
    return amount.quantize(CENT, ROUND_HALF_UP)
