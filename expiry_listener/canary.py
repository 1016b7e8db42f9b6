"""A self-expiring probe: measures set → event → listener on one primary, all the time."""

from threading import Event
from time import monotonic

from expiry_listener.primary import Primary
from expiry_listener.status import Status
from lapse.keys import Keys

INTERVAL = 1.0  # seconds from one canary to the next
LIFE_MS = 100


class Canary:
    """Sets a key that expires at once, touches it until it is gone and waits for its event."""

    def __init__(self, primary: Primary, keys: Keys, status: Status, listener: str, stop: Event) -> None:
        self._primary = primary
        self._status = status
        self._key = keys.canary(listener, primary.tag)
        self._stop = stop
        self._due = 0.0

    def run(self) -> None:
        """Probe until told to stop. Raises RedisError when the primary is away."""
        while not self._stop.is_set():
            self._primary.redis.set(self._key, 1, px=LIFE_MS)
            self._due = monotonic() + LIFE_MS / 1000
            self._stop.wait(LIFE_MS / 1000)
            while self._primary.redis.exists(self._key) and not self._stop.wait(0.001):
                pass
            self._stop.wait(INTERVAL)

    def hear(self, key: bytes) -> None:
        """Take note of an expired key if it is this canary."""
        if key == self._key.encode():
            self._status.hear_canary(self._primary.name, monotonic() - self._due)
