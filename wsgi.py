"""The web entrance, wired: what gunicorn and `flask --app wsgi` load."""

import config
from webapp import agreement, create_app

app = create_app(config.from_environment())
agreement.start_or_exit(app)
