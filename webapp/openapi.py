"""The API's description at `/openapi.json`, and a page at `/docs` to try it on that needs no other server."""

from collections.abc import Iterable
from http import HTTPStatus
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from flask import Flask, Response, send_from_directory
from flask_smorest import Api

from webapp.blueprint import Blueprint
from webapp.errors import PROBLEM, ProblemSchema
from webapp.fields import IdConverter
from webapp.schemas.events import STREAMED
from webapp.tokens import COOKIES

# Only the files of the package are used; it is found without being imported.
_package = find_spec("flask_swagger_ui")
assert _package is not None  # noqa: S101 - for the type checker; it is a requirement
assert _package.origin is not None  # noqa: S101 - likewise
SWAGGER_UI = Path(_package.origin).parent / "dist"


class ProblemApi(Api):
    """Documents errors as what they are; `webapp.errors` answers them."""

    ERROR_SCHEMA = ProblemSchema

    def _register_error_handlers(self) -> None:
        """None: `webapp.errors` has them."""

    def _register_responses(self) -> None:
        content = {PROBLEM: {"schema": self.ERROR_SCHEMA}}
        for status in HTTPStatus:
            if status >= 400:
                problem = {"description": status.phrase, "content": content}
                self.spec.components.response(status.name, problem, lazy=True)
        self.spec.components.response("DEFAULT_ERROR", {"description": "A problem", "content": content}, lazy=True)


def document(app: Flask, blueprints: Iterable[Blueprint]) -> None:
    """Register the blueprints and describe them."""
    app.config.update(
        API_TITLE="Lapse",
        API_VERSION="1",
        OPENAPI_VERSION="3.0.3",
        OPENAPI_URL_PREFIX="/",
        OPENAPI_SWAGGER_UI_PATH="/docs",
        OPENAPI_SWAGGER_UI_URL="/docs/assets/",
        OPENAPI_SWAGGER_UI_CONFIG={"persistAuthorization": True},
    )
    app.url_map.converters["id"] = IdConverter
    app.add_url_rule("/docs/assets/<path:name>", "docs-assets", _asset)
    api = ProblemApi(app, spec_kwargs={"components": {"securitySchemes": SCHEMES}})
    api.register_converter(IdConverter, lambda converter: {"type": "integer", "minimum": 1})
    for blueprint in blueprints:
        api.register_blueprint(blueprint)
    for name, schema in STREAMED.items():
        api.spec.components.schema(name, schema=schema)


SCHEMES: dict[str, dict[str, Any]] = {
    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": COOKIES["token"].name},
    "csrf": {"type": "apiKey", "in": "header", "name": "X-CSRF-TOKEN", "description": "What `lapse_csrf` says."},
}
"""A token in the header, or in a cookie that whatever is no GET comes with proof of being ours."""


def _asset(name: str) -> Response:
    return send_from_directory(SWAGGER_UI, name, max_age=86400)
