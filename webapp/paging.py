"""Lists in pages: `{count, next, previous, results}`."""

from typing import Any
from urllib.parse import urlencode

import marshmallow as ma
from flask import request
from sqlalchemy import Select, func, select

from webapp.current import session
from webapp.fields import QueryNumber

LARGEST = 20


class PageQuery(ma.Schema):
    """Which page; more than 20 to a page is taken as 20."""

    page = QueryNumber(min=1, load_default=1)
    size = QueryNumber(min=1, load_default=5)


class PageSchema(ma.Schema):
    """A page of a list; subclasses add `results`."""

    count = ma.fields.Integer(required=True)
    next = ma.fields.String(required=True, allow_none=True)
    previous = ma.fields.String(required=True, allow_none=True)


def page_of(query: Select[Any], page: int, size: int) -> dict[str, Any]:
    """Return that page of what `query` finds, in its order; past the end it is empty."""
    answer = rows_of(query, page, size)
    answer["results"] = [row[0] for row in answer["results"]]
    return answer


def rows_of(query: Select[Any], page: int, size: int) -> dict[str, Any]:
    """The same for a query of columns."""
    size = min(size, LARGEST)
    count = session().scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    pages = -(-count // size)
    offset = min(page - 1, pages) * size
    return {
        "count": count,
        "next": _url(page + 1) if page < pages else None,
        "previous": _url(min(page - 1, pages)) if page > 1 and pages else None,
        "results": session().execute(query.limit(size).offset(offset)).all(),
    }


def _url(page: int) -> str:
    others = [(name, value) for name, value in request.args.items(multi=True) if name != "page"]
    return f"{request.base_url}?{urlencode([*others, ('page', page)])}"
