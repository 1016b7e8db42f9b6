"""What went wrong, for people: as a line above a form, or as a page."""

import json
import re
from collections.abc import Callable, Iterable
from typing import Any

from flask import Blueprint, Response, render_template
from flask_limiter import RateLimitExceeded
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException, NotFound

from shared.errors import Refused
from webapp import errors, rate_limits

IN_USE = {
    "fk_orders_user_coupon_id": "An order names this coupon, so it must stay. Mark it as expired instead.",
    "fk_user_coupons_coupon_id": "Users have this coupon.",
    "fk_categories_direction_id": "There are categories in this direction; move or delete those first.",
    "fk_courses_direction_id": "There are courses in this direction; move or delete those first.",
    "fk_courses_category_id": "There are courses in this category; move or delete those first.",
    "fk_order_courses_course_id": "Users have ordered this course, so it must stay.",
    "fk_reviews_course_id": "Users have reviewed this course, so it must stay.",
}


def explain(error: Refused | IntegrityError) -> str:
    """Why something could not be done."""
    if isinstance(error, Refused):
        return error.detail
    constraint = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
    return IN_USE.get(constraint or "", f"The database refuses this ({constraint}).")


def show_in(blueprint: Blueprint) -> None:
    """Answer errors in this blueprint with pages instead of JSON."""
    handlers: dict[type[Exception], Callable[[Any], Any]] = {
        HTTPException: errors.from_http,
        NotFound: errors.from_http,
        RateLimitExceeded: rate_limits.from_excess,
        DBAPIError: errors.from_database,
        PoolTimeoutError: errors.from_outage,
        Exception: errors.from_bug,
    }
    for error, handler in handlers.items():
        blueprint.register_error_handler(error, _page(handler))


def _page(handler: Callable[[Any], Any]) -> Callable[[Exception], Any]:
    def show(error: Exception) -> Any:
        answer = handler(error)
        if not isinstance(answer, Response) or answer.mimetype != errors.PROBLEM:
            return answer
        problem = json.loads(answer.get_data())
        answer.set_data(render_template("lapse/problem.html", **problem))
        answer.mimetype = "text/html"
        return answer

    return show


def numbers(texts: Iterable[str]) -> list[int]:
    """Those of the texts that can be ids."""
    return [int(text) for text in texts if re.fullmatch("[0-9]{1,18}", text)]
