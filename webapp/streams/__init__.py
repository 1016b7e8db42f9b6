"""Event streams: each open connection is a mailbox that one reader fills from the event log.

Redis says whose events to look for and is not relied on: the reader also looks by itself, every few seconds. A
stream's thread only waits and writes; it holds no database connection, and all that wait cost one query a look.
"""

from typing import cast

from flask import Flask, current_app

from config import Settings
from lapse.redis_client import connect
from webapp.current import REDIS_TIMEOUT
from webapp.streams.event_log import EventLog
from webapp.streams.hub import Hub


def init_app(app: Flask, settings: Settings) -> None:
    """Give the app a hub; its threads start with the first stream, so that each process forked has its own."""
    redis = connect(settings.redis_url, timeout=REDIS_TIMEOUT)
    app.extensions["streams"] = Hub(EventLog(app), redis)


def current_hub() -> Hub:
    """The hub of this app."""
    return cast(Hub, current_app.extensions["streams"])
