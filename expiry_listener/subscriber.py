"""The event layer: one subscription on one primary, reading only."""

import logging
from collections.abc import Callable
from threading import Event
from time import monotonic

from redis.connection import ConnectionInterface
from redis.exceptions import ConnectionError, TimeoutError

from expiry_listener.inbox import Inbox
from expiry_listener.primary import Primary
from expiry_listener.status import RECONNECTS, Status
from expiry_listener.unheard import Unheard
from lapse import metrics
from lapse.registry import Timeouts

log = logging.getLogger(__name__)

PING_AFTER = 1.0  # seconds of silence before a ping
PONG_WITHIN = 2.0  # seconds after which an unanswered ping means a dead connection


class Subscriber:
    """Hears keys expire on `primary`, leaves their ids in `inbox` and tells `on_other` of any other key.

    Each subscription is preceded by `look`, and followed, once it stands, by `reconcile`: whatever expired in between
    was announced to nobody.
    """

    def __init__(
        self,
        primary: Primary,
        timeouts: Timeouts,
        inbox: Inbox,
        unheard: Unheard,
        status: Status,
        look: Callable[[], None],
        reconcile: Callable[[], None],
        on_other: Callable[[bytes], None],
        stop: Event,
    ) -> None:
        self._primary = primary
        self._timeouts = timeouts
        self._inbox = inbox
        self._unheard = unheard
        self._status = status
        self._look = look
        self._reconcile = reconcile
        self._on_other = on_other
        self._stop = stop
        self._connected_before = False

    def run(self) -> None:
        """Subscribe and read until told to stop. Raises RedisError when the connection is lost or silent."""
        self._status.set_subscribed(self._primary.name, False)
        self._primary.announce_expired_keys()
        self._look()
        with self._primary.connection() as connection:
            connection.send_command("SUBSCRIBE", self._primary.expired_channel)
            connection.read_response()
            self._subscribed()
            try:
                self._read(connection)
            finally:
                self._status.set_subscribed(self._primary.name, False)

    def _subscribed(self) -> None:
        if self._connected_before:
            RECONNECTS.inc()
        self._connected_before = True
        self._status.set_subscribed(self._primary.name, True)
        log.info("subscribed", extra={"node": self._primary.name, "channel": self._primary.expired_channel})
        self._reconcile()

    def _read(self, connection: ConnectionInterface) -> None:
        pinged: float | None = None
        while not self._stop.is_set():
            try:
                message = connection.read_response(disable_decoding=True, timeout=PING_AFTER, disconnect_on_error=False)
            except TimeoutError:
                if pinged is not None and monotonic() - pinged > PONG_WITHIN:
                    raise ConnectionError("the ping was not answered") from None
                if pinged is None:
                    connection.send_command("PING", check_health=False)
                    pinged = monotonic()
                continue
            pinged = None
            if message[0] == b"message":
                self._hear(message[2])

    def _hear(self, key: bytes) -> None:
        found = self._timeouts.find(key)
        if found:
            self._inbox.put(*found)
            seconds = self._unheard.hear(key)
            if seconds is not None:
                metrics.took(found[0].name, "heard", seconds)
        else:
            self._on_other(key)
