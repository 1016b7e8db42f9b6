"""Fields that let through what PostgreSQL can hold, and nothing that merely looks like it."""

import re
from typing import Any

import marshmallow as ma
from marshmallow.validate import Length, Range, Regexp
from werkzeug.routing import BaseConverter

from shared.coupons.queries import iso

BIGGEST = 2**63 - 1

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


class Body(ma.Schema):
    """A request's body; what it does not know is ignored, for an older client may send more."""

    class Meta:
        unknown = ma.EXCLUDE


class Text(ma.fields.String):
    """A string without NUL and lone surrogates, which PostgreSQL cannot store."""

    def __init__(self, *, min: int = 0, max: int, metadata: dict[str, str] | None = None, **more: Any) -> None:
        super().__init__(validate=Length(min, max), metadata={"pattern": r"^[^\u0000]*$"} | (metadata or {}), **more)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        if _UNSTORABLE.search(value):
            raise ma.ValidationError("Must not contain NUL or lone surrogates.")
        return value


class WholeNumber(ma.fields.Integer):
    """An integer as JSON writes it: neither a string, nor a boolean, nor 1.0."""

    def __init__(self, *, min: int = -BIGGEST, max: int = BIGGEST, **more: Any) -> None:
        super().__init__(validate=Range(min, max), **more)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if type(value) is not int:
            raise self.make_error("invalid")
        return value


class QueryNumber(ma.fields.Integer):
    """An integer in a query string."""

    def __init__(self, *, min: int, max: int = 10**18 - 1, **more: Any) -> None:
        super().__init__(validate=Range(min, max), **more)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if not re.fullmatch("-?[0-9]{1,18}", value):
            raise self.make_error("invalid")
        return int(value)


class Flag(ma.fields.Boolean):
    """`true` or `false`, and nothing else that could be taken for it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class Money(ma.fields.String):
    """An amount with two decimals, as a string; for answers."""

    def __init__(self, **more: Any) -> None:
        super().__init__(metadata={"pattern": r"^\d+\.\d{2}$", "example": "358.00"}, **more)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else f"{value:.2f}"


class Amount(ma.fields.String):
    """An amount as `Money` writes it; for requests."""

    def __init__(self, *, metadata: dict[str, str]) -> None:
        pattern = r"^[0-9]{1,8}\.[0-9]{2}$"
        shape = Regexp(rf"{pattern}(?!\n)", error="Must be an amount such as 358.00.")
        super().__init__(validate=shape, metadata={"pattern": pattern, "example": "358.00"} | metadata)


class Moment(ma.fields.DateTime):
    """ISO 8601 in UTC with microseconds and an offset; for answers."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else iso(value)


class IdConverter(BaseConverter):
    """An id in a path. One that no row can have becomes 0, which no row has either."""

    regex = "[0-9]+"

    def to_python(self, value: str) -> int:
        return int(value) if len(value) <= 18 else 0
