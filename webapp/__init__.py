"""The web entrance: a REST API and its command line, thin around the verbs of `shared`."""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from config import Settings
from webapp import (
    admin,
    agreement,
    audit,
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
    tokens,
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
    audit.init_app(app)
    tokens.init_app(app, settings)
    hosts.init_app(app, settings)
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
    _believe_proxies(app, settings.trusted_proxies)
    return app


def _believe_proxies(app: Flask, count: int) -> None:
    """Take address, scheme and host from what so many proxies in front say, and nothing else from anybody."""
    if count:
        proxied = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count, x_port=0, x_prefix=0)
        app.wsgi_app = proxied  # type: ignore[method-assign]
