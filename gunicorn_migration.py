"""Gunicorn's master has the schema brought up to date, by a process of its own so that it stays small itself.

Several masters at once do not disturb each other, and where nothing is left to do nothing is started.
"""

import logging
import os
import subprocess
import sys
from contextlib import suppress

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from shared.stores.migrated import is_migrated

PATIENCE = 10.0  # seconds that workers wait for it; then they answer 503 until the schema is there


def start(sessions: sessionmaker[Session], log: logging.Logger) -> subprocess.Popen[bytes] | None:
    """Migrate if that is due: at once, waiting `PATIENCE` for the end of it, or as soon as the database is back."""
    try:
        with sessions() as session:
            if is_migrated(session):
                return None
    except DBAPIError:
        return start_without_looking()
    log.info("The schema is brought up to date")
    migrator = start_without_looking()
    with suppress(subprocess.TimeoutExpired):
        migrator.wait(PATIENCE)
    return migrator


def start_without_looking() -> subprocess.Popen[bytes]:
    """The process, which ends by itself when nothing is left to do, or its parent is gone."""
    environment = {name: value for name, value in os.environ.items() if name != "PROMETHEUS_MULTIPROC_DIR"}
    command = [sys.executable, "-m", "webapp.migrator", str(os.getpid())]
    return subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL)  # noqa: S603 - our own module
