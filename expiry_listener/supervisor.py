"""Keeping a loop alive: what fails is logged and run again, with growing pauses and for ever."""

import logging
from collections.abc import Callable
from threading import Event, Thread
from time import monotonic

from redis.exceptions import RedisError
from sqlalchemy.exc import DBAPIError

log = logging.getLogger(__name__)

FIRST_PAUSE = 0.05  # seconds
LONGEST_PAUSE = 2.0
HEALTHY_AFTER = 10.0  # a loop that ran so long starts again with the first pause


def supervise(name: str, run: Callable[[], None], stop: Event) -> Thread:
    """Start a thread that runs `run` until `stop` is set, again and again when it fails."""
    thread = Thread(target=_keep_running, args=(name, run, stop), name=name, daemon=True)
    thread.start()
    return thread


def _keep_running(name: str, run: Callable[[], None], stop: Event) -> None:
    pause = FIRST_PAUSE
    while not stop.is_set():
        began = monotonic()
        try:
            run()
        except Exception as error:
            if monotonic() - began > HEALTHY_AFTER:
                pause = FIRST_PAUSE
            _log(name, error, pause)
            stop.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE)


def _log(name: str, error: Exception, pause: float) -> None:
    """A store that is away is one line; anything else is a bug, and its traceback tells where."""
    is_bug = not isinstance(error, DBAPIError | RedisError | OSError)
    traceback = error if is_bug else None
    log.warning("%s failed: %s: %s", name, type(error).__name__, error, extra={"pause": pause}, exc_info=traceback)
