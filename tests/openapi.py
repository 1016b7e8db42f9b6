"""Prints what `/openapi.json` says, with no store at hand; `make lint` holds the types of the page against it."""

import json
import sys

from tests.conftest import settings_for
from webapp import create_app


def document() -> str:
    """The API's description as JSON."""
    app = create_app(settings_for("postgresql://nowhere/none", "redis://nowhere/0"))
    return json.dumps(app.test_client().get("/openapi.json").json, ensure_ascii=False)


if __name__ == "__main__":
    sys.stdout.write(document())
