"""What the views that Flask-Admin makes of us have in common."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint

from webapp.admin import problems


class Pages:
    """Goes before Flask-Admin's own class."""

    def create_blueprint(self, admin: Any) -> Blueprint:
        """Its blueprint, which shows errors as pages."""
        blueprint: Blueprint = super().create_blueprint(admin)  # type: ignore[misc]
        problems.show_in(blueprint)
        return blueprint

    def _run_view(self, view: Callable[..., Any], *arguments: Any, **more: Any) -> Any:
        """Run it once; Flask-Admin would run it again after any TypeError."""
        return view(self, *arguments, **more)
