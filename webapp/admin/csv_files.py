"""CSV as spreadsheets write and read it: in UTF-8 with its mark, and with no cell that one would take for a formula."""

import codecs
import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from flask import Response
from markupsafe import Markup

MARK = codecs.BOM_UTF8.decode()
"""Without it Excel takes UTF-8 for something older."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_GUARD = "'"


class BadCsv(Exception):
    """What is wrong with a file, in words."""


def written(headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """The file."""
    file = io.StringIO()
    file.write(MARK)
    writer = csv.writer(file)
    writer.writerows([guarded(_plain(cell)) for cell in row] for row in (headings, *rows))
    return file.getvalue()


def attachment(name: str, text: str) -> Response:
    """The file as an answer that browsers keep under that name, which is ours."""
    headers = {"Content-Disposition": f"attachment; filename={name}.csv"}
    return Response(text, mimetype="text/csv", headers=headers)


def read(text: str, names: Sequence[str]) -> list[tuple[int, dict[str, str]]]:
    """The records and the lines they end on; columns that are missing are empty. Raises BadCsv."""
    reader = csv.reader(io.StringIO(text.removeprefix(MARK), newline=""), strict=True)
    try:
        headings = [unguarded(cell).strip() for cell in next(reader, [])]
        rows = [(reader.line_num, [unguarded(cell) for cell in row]) for row in reader if any(row)]
    except csv.Error as error:
        raise BadCsv(f"Line {reader.line_num}: {error}.") from None
    unknown = [heading for heading in headings if heading not in names]
    if unknown or len(set(headings)) < len(headings) or not headings:
        raise BadCsv(f"The first line must name columns, each once, of these: {', '.join(names)}.")
    for line, row in rows:
        if len(row) != len(headings):
            raise BadCsv(f"Line {line}: there are {len(row)} cells, but {len(headings)} columns.")
    return [(line, dict(zip(headings, row, strict=True))) for line, row in rows]


def _plain(cell: Any) -> str:
    """The cell without the HTML that it has in a list."""
    return str(cell.striptags()) if isinstance(cell, Markup) else str(cell)


def guarded(cell: str) -> str:
    """The cell with an apostrophe before what a spreadsheet would calculate; `unguarded` takes it away again."""
    return _GUARD + cell if cell.startswith((*_FORMULA, _GUARD)) else cell


def unguarded(cell: str) -> str:
    """What was `guarded`."""
    return cell[1:] if cell.startswith(_GUARD) and cell[1:].startswith((*_FORMULA, _GUARD)) else cell
