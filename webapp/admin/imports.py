"""Many records from a CSV file: looked at first, then all of them or none."""

from typing import Any, ClassVar

from flask import Response, flash, redirect, request
from flask_admin.base import expose
from flask_admin.form import BaseForm
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from werkzeug.datastructures import FileStorage, MultiDict
from wtforms import Field, SelectMultipleField

from shared.errors import Refused
from webapp.admin import csv_files
from webapp.admin.csv_files import BadCsv
from webapp.admin.fields import PictureField
from webapp.admin.problems import explain
from webapp.admin.view import View
from webapp.admin.words import say
from webapp.current import session

LONGEST = 256 * 1024
"""Bytes of a file."""

MOST = 1000
"""Records of a file."""

SEPARATOR = ";"
"""Between the ids in one cell."""

ID = "id"


class Imports(View):
    """A table that is also written from files with the columns of its form; a row with an `id` changes that record."""

    has_imports: ClassVar[bool] = True

    @expose("/import/", methods=("GET", "POST"))
    def import_view(self) -> Any:
        """Say what a file would do; do it when that was seen."""
        text, problems, count = "", [], 0
        if request.method == "POST":
            try:
                text = self._sent()
                records = csv_files.read(text, self._columns())
                count = len(records)
                problems = self._carry_all(records, keep=request.form.get("do") == "1")
            except BadCsv as bad:
                problems = [str(bad)]
            if not problems and request.form.get("do") == "1":
                flash(say("%(count)s imported.", count=count), "success")
                return redirect(self.get_url(".index_view"), 303)
        return self.render(
            "lapse/import.html", columns=self._columns(), text=text, problems=problems, count=count, most=MOST
        )

    @expose("/import/file/")
    def import_file(self) -> Response:
        """All records as a file that can be imported again."""
        table: Any = self.table
        records = session().scalars(select(table).order_by(table.id)).all()
        rows = [[record.id, *map(_cell, self._fields(obj=record))] for record in records]
        return csv_files.attachment(table.__tablename__, csv_files.written(self._columns(), rows))

    def _sent(self) -> str:
        """What the file says. Raises BadCsv."""
        file = request.files.get("file")
        content = file.read(LONGEST + 1) if isinstance(file, FileStorage) else request.form.get("text", "").encode()
        if len(content) > LONGEST:
            raise BadCsv("The file has more than 256 KiB.")
        try:
            return content.decode()
        except UnicodeDecodeError:
            raise BadCsv("The file is not UTF-8; save it as “CSV UTF-8”.") from None

    def _carry_all(self, records: list[tuple[int, dict[str, str]]], *, keep: bool) -> list[str]:
        """Write all and commit, or only try, and write none; returns what is wrong, by line."""
        if not 1 <= len(records) <= MOST:
            return [f"A file has between 1 and {MOST} records."]
        problems = [problem for line, cells in records for problem in self._carry(line, cells)]
        if keep and not problems:
            return [] if self.carry_out(lambda: True) else ["Nothing was imported."]
        session().rollback()
        return problems

    def _carry(self, line: int, cells: dict[str, str]) -> list[str]:
        """Write one record, in a savepoint of its own; returns what is wrong."""
        record = self.get_one(cells[ID]) if cells.get(ID) else None
        if cells.get(ID) and record is None:
            return [f"Line {line}: there is no {ID} {cells[ID]}."]
        form = self.get_create_form()(_as_form(self.get_create_form(), record, cells), obj=record)
        if not form.validate():
            return [f"Line {line}, {name}: {error}" for name, errors in form.errors.items() for error in errors]
        try:
            with session().begin_nested():
                self._change(form, record) if record else self._create(form)
        except (Refused, IntegrityError) as error:
            return [f"Line {line}: {explain(error)}"]
        return []

    def _columns(self) -> list[str]:
        return [ID, *(field.name for field in self._fields())]

    def _fields(self, **more: Any) -> list[Field]:
        return [field for field in self.get_create_form()(**more) if not isinstance(field, PictureField)]


def _as_form(form: type[BaseForm], record: Any, cells: dict[str, str]) -> MultiDict[str, str]:
    """The cells as a browser would send them; what the file has no column for stays as it is."""
    sent: MultiDict[str, str] = MultiDict()
    for field in form(obj=record):
        cell = cells.get(field.name, _cell(field) if not isinstance(field, PictureField) else "")
        is_many = isinstance(field, SelectMultipleField)
        sent.setlist(
            field.name, [each.strip() for each in cell.split(SEPARATOR) if each.strip()] if is_many else [cell]
        )
    return sent


def _cell(field: Field) -> str:
    """A field's value as its form would send it."""
    if isinstance(field, SelectMultipleField):
        return SEPARATOR.join(map(str, field.data or ()))
    if hasattr(field, "_value"):
        return str(field._value())
    return "" if field.data is None else str(field.data)
