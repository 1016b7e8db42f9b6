"""The blueprint all resources are made of: reads bodies strictly."""

from typing import Any, NoReturn

import flask_smorest
from flask import Request
from webargs.core import parse_json
from webargs.flaskparser import FlaskParser, abort, is_json_request


class BodyParser(FlaskParser):
    """Answers 400 for a body that is not a JSON object, whatever is wrong with it."""

    def load_json(self, req: Request, schema: Any) -> Any:
        body = req.get_data(cache=True)
        if not is_json_request(req):
            refuse("The Content-Type must be application/json.")
        try:
            data = parse_json(body)
        except (ValueError, RecursionError):  # also digits without end, and brackets without end
            refuse("The body is not JSON.")
        if not isinstance(data, dict):
            refuse("The body must be a JSON object.")
        return data


class Blueprint(flask_smorest.Blueprint):
    """A resource of the API."""

    ARGUMENTS_PARSER = BodyParser()


def refuse(detail: str) -> NoReturn:
    """Answer that the request is malformed."""
    abort(400, description=detail)
