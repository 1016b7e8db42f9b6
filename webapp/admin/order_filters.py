"""What orders are found by. Each has an index that serves it, however many orders there are."""

import re
from decimal import Decimal
from typing import Any

from flask_admin.contrib.sqla.filters import FilterEqual, FilterGreater, FilterLike, FilterSmaller
from sqlalchemy import ColumnElement, or_, select

from shared.models import Course, Order, OrderCourse, User


class OfUser(FilterEqual):
    """The user's name, in full."""

    def apply(self, query: Any, value: str, alias: Any = None) -> Any:
        """Their orders alone."""
        return query.filter(_is_of(value))


class WithCourse(FilterLike):
    """Part of a course's name."""

    def apply(self, query: Any, value: str, alias: Any = None) -> Any:
        """Orders of such a course alone."""
        named = select(Course.id).where(Course.name.icontains(value, autoescape=True))
        return query.filter(Order.id.in_(select(OrderCourse.order_id).where(OrderCourse.course_id.in_(named))))


class _Amount:
    def clean(self, value: str) -> Decimal:
        """Read it. Raises ValueError."""
        if not re.fullmatch(r"[0-9]{1,8}(\.[0-9]{1,2})?", value.strip()):
            raise ValueError(value)
        return Decimal(value.strip())


class AtLeast(_Amount, FilterGreater):
    """An amount."""

    def apply(self, query: Any, value: Decimal, alias: Any = None) -> Any:
        """Those of that much or more."""
        return query.filter(self.get_column(alias) >= value)

    def operation(self) -> Any:
        """In words."""
        return "at least"


class AtMost(_Amount, FilterSmaller):
    """An amount."""

    def apply(self, query: Any, value: Decimal, alias: Any = None) -> Any:
        """Those of that much or less."""
        return query.filter(self.get_column(alias) <= value)

    def operation(self) -> Any:
        """In words."""
        return "at most"


def is_meant(text: str) -> ColumnElement[bool]:
    """Whether an order has that number, or is of the user of that name."""
    return or_(Order.order_number == text, _is_of(text))


def _is_of(username: str) -> ColumnElement[bool]:
    return Order.user_id == select(User.id).where(User.username == username).scalar_subquery()
