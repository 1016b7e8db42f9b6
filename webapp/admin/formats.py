"""How values look on the admin's pages."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask_admin.model.typefmt import BASE_FORMATTERS

from webapp.admin import zone
from webapp.admin.words import say

FORMATTERS: dict[type, Callable[..., Any]] = BASE_FORMATTERS | {
    datetime: lambda view, value, name: zone.shown(value),
    bool: lambda view, value, name: say("Yes" if value else "No"),
    type(None): lambda view, value, name: "–",
}


def shown(value: Any) -> Any:
    """A value in a table of ours."""
    formatter = next((each for kind, each in FORMATTERS.items() if isinstance(value, kind)), None)
    return value if formatter is None else formatter(None, value, "")
