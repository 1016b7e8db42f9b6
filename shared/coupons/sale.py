"""What a coupon does, as people say it: an amount it takes off, or the percentage of the price that is left to pay."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from shared.pricing import Discount

HUNDRED = Decimal(100)


@dataclass(frozen=True)
class Sale:
    """One of the two, the other is None."""

    takes_off: Decimal | None = None
    percent: Decimal | None = None

    @classmethod
    def read(cls, discount: int, sale: str) -> Self:
        """What a coupon's `sale` says, such as `"-30"` or `"*0.85"`."""
        amount = Decimal(sale[1:])
        return cls(takes_off=amount) if discount == Discount.TAKE_OFF else cls(percent=Decimal(plain(amount * HUNDRED)))

    @property
    def discount(self) -> Discount:
        """How it lowers the price."""
        return Discount.RATE if self.takes_off is None else Discount.TAKE_OFF

    @property
    def written(self) -> str:
        """The coupon's `sale`."""
        if self.takes_off is not None:
            return f"-{self.takes_off:.2f}".removesuffix(".00")
        assert self.percent is not None  # noqa: S101 - for the type checker; one of the two is there
        return f"*{plain(self.percent / HUNDRED)}"


def plain(number: Decimal) -> str:
    """The number without an exponent and without zeros at its end."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
