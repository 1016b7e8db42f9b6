"""What systemd is told of the listener, where it runs as a unit of `Type=notify`: sd_notify(3), and its watchdog."""

import logging
import os
import re
import socket
from collections.abc import Callable, Mapping
from threading import Event

log = logging.getLogger(__name__)


class ServiceManager:
    """Without `NOTIFY_SOCKET` nobody is told anything; without `WATCHDOG_USEC` the watchdog is not fed."""

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self._address = re.sub("^@", "\0", environ.get("NOTIFY_SOCKET", ""))  # of the abstract namespace
        self._watchdog = int(environ.get("WATCHDOG_USEC", 0)) / 1e6

    def ready(self) -> None:
        """Say that the start is over."""
        self._tell("READY=1")

    def stopping(self) -> None:
        """Say that the end has begun."""
        self._tell("STOPPING=1")

    def feed_until(self, told_to_stop: Event, is_alive: Callable[[], bool]) -> None:
        """Return once told to stop; until then feed the watchdog, twice as often as it asks, while alive."""
        pause = self._watchdog / 2 or None
        while not told_to_stop.wait(pause):
            if is_alive():
                self._tell("WATCHDOG=1")

    def _tell(self, state: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
                notify.sendto(state.encode(), self._address)
        except OSError as error:
            log.warning("the service manager does not hear us: %s", error)
