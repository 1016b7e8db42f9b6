"""The web entrance: a REST API and its command line, thin around the verbs of `shared`."""

from flask import Flask

from config import Settings
from webapp import auth, cli, cors, current, database, errors, health, views
from webapp.documentation import document


def create_app(settings: Settings) -> Flask:
    """Return the app for these settings, whose URLs are filled in; nothing is connected before the first request."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = 1024 * 1024
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    current.init_app(app, settings)
    database.init_app(app, settings)
    errors.init_app(app)
    auth.init_app(app, settings)
    cors.init_app(app, settings)
    health.init_app(app)
    cli.init_app(app)
    document(app, views.BLUEPRINTS)
    return app
