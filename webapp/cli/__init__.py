"""The command line under `flask --app wsgi`."""

from flask import Flask

from webapp.cli.accounts import create_admin, users
from webapp.cli.orders import orders
from webapp.cli.payments import payments
from webapp.cli.school import demo_data, load_file


def init_app(app: Flask) -> None:
    """Add the commands."""
    for command in (load_file, demo_data, create_admin, users, orders, payments):
        app.cli.add_command(command)
