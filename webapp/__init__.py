"""The web entrance: a REST API and its command line, thin around the verbs of `shared`."""

from flask import Flask

from config import Settings
from webapp import (
    admin,
    agreement,
    auth,
    cli,
    concurrency,
    cors,
    current,
    database,
    errors,
    headers,
    health,
    hosts,
    provider,
    rate_limits,
    spa,
    streams,
    views,
)
from webapp.openapi import document


def create_app(settings: Settings) -> Flask:
    """Return the app for these settings, whose URLs are filled in; nothing is connected before the first request."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = 1024 * 1024
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    concurrency.init_app(app)
    current.init_app(app, settings)
    database.init_app(app, settings)
    errors.init_app(app)
    hosts.init_app(app, settings)
    auth.init_app(app, settings)
    rate_limits.init_app(app, settings)
    cors.init_app(app, settings)
    headers.init_app(app, settings)
    streams.init_app(app, settings)
    provider.init_app(app, settings)
    agreement.init_app(app, settings)
    health.init_app(app)
    cli.init_app(app)
    document(app, views.BLUEPRINTS)
    admin.init_app(app, settings)
    spa.init_app(app)
    return app
