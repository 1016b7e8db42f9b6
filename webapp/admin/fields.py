"""Form fields that say in words what the database would refuse."""

import re
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask_admin.form import Select2Widget
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from wtforms import DateTimeLocalField, FileField, SelectChoice, SelectField, SelectMultipleField, StringField
from wtforms.validators import DataRequired, InputRequired, Length

from shared import pictures
from shared.errors import Refused
from webapp.admin import zone
from webapp.admin.words import say
from webapp.current import session


class AmountField(StringField):
    """Money with at most two decimals, never negative; empty is none."""

    pattern = r"[0-9]{1,8}(\.[0-9]{1,2})?"
    problem = "Must be an amount such as 399.00, not negative."

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed."""
        text = valuelist[0].strip() if valuelist else ""
        self.data: Any = text or None
        if text and not re.fullmatch(self.pattern, text):
            raise ValueError(self.problem)
        if text:
            self.data = Decimal(text)


class PercentField(AmountField):
    """A percentage with at most two decimals; empty is none."""

    pattern = r"100(\.0{1,2})?|[0-9]{1,2}(\.[0-9]{1,2})?"
    problem = "Must be between 0 and 100, such as 85."


class MomentField(DateTimeLocalField):
    """A moment by the reader's clock, to the second; one that is not touched stays what it is."""

    def __init__(self, label: str, **more: Any) -> None:
        super().__init__(f"{say(label)} ({zone.name()})", validators=[InputRequired()], render_kw={"step": "1"}, **more)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed."""
        super().process_formdata(valuelist)
        naive: datetime | None = self.data
        self.data: datetime | None = None
        self.data = naive and zone.typed(naive)

    def populate_obj(self, obj: Any, name: str) -> None:
        """Set the attribute, unless the clock shows the same for what it is: an hour may come twice."""
        before: datetime | None = getattr(obj, name)
        if before is None or self.data is None or _by_clock(before) != _by_clock(self.data):
            setattr(obj, name, self.data)

    def _value(self) -> str:
        if self.raw_data:
            return " ".join(self.raw_data)
        return _by_clock(self.data) if self.data else ""


class PictureField(FileField):
    """A picture to show as the record's cover; the form's data is what is kept of it, None for none."""

    def __init__(self, label: str, size: tuple[int, int], **more: Any) -> None:
        super().__init__(label, render_kw={"accept": "image/png,image/jpeg,image/webp"}, **more)
        self._size = size

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read the file that was sent."""
        self.data: bytes | None = None
        sent = valuelist[0].read() if valuelist and isinstance(valuelist[0], FileStorage) else b""
        if len(sent) > pictures.LONGEST:
            raise ValueError("A picture has at most 2 MiB.")
        try:
            self.data = pictures.redrawn(sent, self._size) if sent else None
        except Refused as no_picture:
            raise ValueError(no_picture.detail) from None

    def populate_obj(self, obj: Any, name: str) -> None:
        """Show it, in place of what was shown before."""
        if self.data:
            obj.cover = pictures.keep(session(), self.data)


class RowField(SelectField):
    """A choice of one row; the form's data is its id."""

    widget = Select2Widget()

    def __init__(self, label: str, table: type[Any], *, newest_first: bool = False, **more: Any) -> None:
        super().__init__(label, coerce=int, choices=lambda: _named(table, newest_first), **more)
        self._table = table

    def process_data(self, value: Any) -> None:
        """Start from the row that is there."""
        super().process_data(value.id if isinstance(value, self._table) else value)

    def populate_obj(self, obj: Any, name: str) -> None:
        """Set the relationship."""
        setattr(obj, name, session().get(self._table, self.data))


class RowsField(SelectMultipleField):
    """A choice of any number of rows; the form's data is their ids."""

    widget = Select2Widget(multiple=True)

    def __init__(self, label: str, table: type[Any], **more: Any) -> None:
        super().__init__(label, coerce=int, choices=lambda: _named(table), **more)
        self._table = table

    def process_data(self, value: Any) -> None:
        """Start from the rows that are there."""
        super().process_data([row.id for row in value or ()])

    def populate_obj(self, obj: Any, name: str) -> None:
        """Set the relationship."""
        rows = select(self._table).where(self._table.id.in_(self.data)).order_by(self._table.id)
        setattr(obj, name, session().scalars(rows).all())


def name_field(label: str, longest: int) -> StringField:
    """A line of text that must not be empty."""
    return StringField(label, [DataRequired(), Length(max=longest)], filters=[_stripped])


def text_field(label: str, longest: int, **more: Any) -> StringField:
    """A line of text."""
    return StringField(label, [Length(max=longest)], filters=[lambda text: text or ""], **more)


def english_field(label: str, longest: int) -> StringField:
    """A name in English, which nothing needs to have."""
    return text_field(label, longest, description="Shown instead where the page is in English")


def code_field(label: str, *validators: Any, **more: Any) -> StringField:
    """A one-time code; spaces in it are none of it."""
    keyboard = {"autocomplete": "one-time-code", "inputmode": "numeric"}
    without_spaces = [lambda text: "".join((text or "").split())]
    return StringField(label, [*validators, Length(max=20)], filters=without_spaces, render_kw=keyboard, **more)


def _named(table: type[Any], newest_first: bool = False) -> list[SelectChoice]:
    rows = select(table.id, table.name).order_by(table.id.desc() if newest_first else table.id)
    return [SelectChoice(row.id, f"{row.name} · {row.id}") for row in session().execute(rows)]


def _by_clock(moment: datetime) -> str:
    return f"{zone.local(moment):%Y-%m-%dT%H:%M:%S}"


def _stripped(text: str | None) -> str:
    return (text or "").strip()
