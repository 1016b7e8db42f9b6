"""The web entrance, wired: what gunicorn and `flask --app wsgi` load."""

import config
from webapp import create_app

app = create_app(config.from_environment())
