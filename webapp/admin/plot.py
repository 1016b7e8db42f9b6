"""A plot as numbers, for a template to draw: one bar a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

WIDTH, HEIGHT = 600, 120
GAP = 0.2
"""The part of a day's width that its bar leaves free."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle; its measures are rounded to hundredths."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Plot:
    """What is plotted, its bars, and what they add up to and reach."""

    name: str
    bars: Sequence[Bar]
    total: Decimal | int
    most: Decimal | int


def plot(name: str, values: Sequence[Decimal | int]) -> Plot:
    """The highest value is as high as the plot; without any all bars are flat."""
    most = max(values, default=0)
    step = WIDTH / max(len(values), 1)
    bars = [_bar(place * step, step, float(value / most) if most else 0.0) for place, value in enumerate(values)]
    return Plot(name, bars, sum(values), most)


def _bar(x: float, step: float, part: float) -> Bar:
    height = HEIGHT * part
    return Bar(round(x, 2), round(HEIGHT - height, 2), round(step * (1 - GAP), 2), round(height, 2))
