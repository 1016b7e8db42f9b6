"""The endpoints of the API, as the app has them, and the shape of a refusal."""

import re

from flask import Flask
from werkzeug.test import TestResponse

Endpoint = tuple[str, str]

PAGES = ("", "assets", "course", "admin", "sandbox")
"""What begins the paths of pages; they have tests of their own."""


def endpoints(app: Flask) -> set[Endpoint]:
    """Method and rule of every endpoint that does not answer with a page."""
    mapped = [rule for rule in app.url_map.iter_rules() if rule.rule.split("/")[1] not in PAGES]
    found = {(method, rule.rule) for rule in mapped for method in rule.methods or ()}
    return {(method, rule) for method, rule in found if method not in ("HEAD", "OPTIONS")}


def filled(rule: str, value: object = "1") -> str:
    """A path of the rule, with the value for its variables."""
    return re.sub("<[^>]*>", lambda _: str(value), rule)


def described(rule: str) -> str:
    """The rule as the description writes it."""
    return re.sub("<(?:id|string):([^>]*)>", r"{\1}", rule)


def assert_problem(answer: TestResponse, status: int | None = None) -> None:
    """The request is refused, in the shape of all errors."""
    assert 400 <= answer.status_code < 500, answer.text
    assert status in (None, answer.status_code), answer.text
    assert answer.content_type == "application/problem+json"
    problem = answer.json
    assert isinstance(problem, dict)
    assert {"type", "title", "status", "detail", "code"} <= set(problem)
    assert problem["status"] == answer.status_code
    assert ("errors" in problem) == (answer.status_code == 422)
