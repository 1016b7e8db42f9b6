"""What the running app was made with: `settings()`, `redis()` and this request's `session()`."""

import logging
from collections.abc import Callable
from typing import Any, cast

from flask import Flask, current_app
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from config import Settings
from lapse.redis_client import connect
from webapp.database import db, roll_back

REDIS_TIMEOUT = 1.0  # seconds

log = logging.getLogger(__name__)


def init_app(app: Flask, settings: Settings) -> None:
    """Keep the settings and a Redis client with the app."""
    app.extensions["settings"] = settings
    app.extensions["redis"] = connect(settings.redis_url, timeout=REDIS_TIMEOUT)


def settings() -> Settings:
    """The settings of this app."""
    return cast(Settings, current_app.extensions["settings"])


def redis() -> Redis:
    """The Redis client of this app."""
    return cast(Redis, current_app.extensions["redis"])


def session() -> Session:
    """The database session of this request or command."""
    return cast(Session, db.session())


def after_commit(effect: Callable[..., None], *arguments: Any) -> None:
    """Run an effect of `shared.effects`; when a store is away that is logged, for what is committed stands."""
    try:
        effect(session(), redis(), *arguments)
    except (RedisError, DBAPIError) as error:
        roll_back()
        log.warning("%s is left to the listener: %s", effect.__name__, error)
