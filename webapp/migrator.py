"""`python -m webapp.migrator PARENT`: brings the schema up to date as soon as PostgreSQL answers, then ends.

What gunicorn's master starts, whose process id it is told: it would else ask too late when the master dies at once, and
outlive it. Never ends with a code by which gunicorn knows workers that cannot start.
"""

import logging
import os
import sys
import time
from collections.abc import Callable

from alembic import command
from alembic.util import CommandError
from flask import Flask, current_app
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

import config
from shared.stores.migrated import is_migrated
from webapp import create_app
from webapp.current import session
from webapp.database import roll_back

RETRY = 1.0  # seconds
REMEDY = "run `flask --app wsgi db upgrade` of this version as the database's owner"

log = logging.getLogger("lapse.migrator")


def main(parent: int) -> int:
    """Returns 1 when the migrations cannot be made from here, which the log says in one line."""
    logging.basicConfig(
        level=logging.INFO,
        format="[%(asctime)s] [%(process)d] [%(levelname)s] %(message)s",  # as gunicorn's own lines
        datefmt="%Y-%m-%d %H:%M:%S %z",
    )
    logging.getLogger("alembic").setLevel(logging.WARNING)
    return migrate(create_app(config.from_environment()), lambda: os.getppid() == parent)


def migrate(app: Flask, goes_on: Callable[[], bool]) -> int:
    """Try until it is done, or `goes_on` says no."""
    said = ""
    while goes_on():
        try:
            with app.app_context():
                _upgrade()
            return 0
        except (OperationalError, InterfaceError) as error:
            if (now := _first_line(error)) != said:
                log.warning("the migrations wait for PostgreSQL: %s", now)
            said = now
            time.sleep(RETRY)
        except (DBAPIError, CommandError) as error:
            log.error("the migrations cannot be run from here: %s; %s", _first_line(error), REMEDY)
            return 1
    return 0


def _upgrade() -> None:
    if is_migrated(session()):
        return
    roll_back()  # what was looked at is not to be in the way of what is changed
    command.upgrade(current_app.extensions["migrate"].migrate.get_config(), "head")
    log.info("the schema is up to date")


def _first_line(error: Exception) -> str:
    lines = str(getattr(error, "orig", error)).strip().splitlines()
    return lines[0] if lines else type(error).__name__


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
