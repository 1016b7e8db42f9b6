"""Follows the topology: starts what a new primary needs and stops what was for one that is gone."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event, Thread

from redis import Redis

from expiry_listener.primary import Primary
from expiry_listener.status import Status
from expiry_listener.topology import primaries_of

log = logging.getLogger(__name__)

INTERVAL = 1.0  # seconds between looks


@dataclass
class _Group:
    primary: Primary
    stop: Event
    threads: list[Thread]


class Watcher:
    """`start_on` starts the threads of a primary; `reconcile` is called after every change."""

    def __init__(
        self,
        redis: Redis,
        start_on: Callable[[Primary, Event], list[Thread]],
        reconcile: Callable[[], None],
        status: Status,
        stop: Event,
    ) -> None:
        self._redis = redis
        self._start_on = start_on
        self._reconcile = reconcile
        self._status = status
        self._stop = stop
        self._groups: dict[str, _Group] = {}

    def run(self) -> None:
        """Look until told to stop. Raises RedisError when nobody can say which primaries there are."""
        while not self._stop.is_set():
            self._look()
            self._stop.wait(INTERVAL)

    def stop(self) -> list[Thread]:
        """Tell all threads to stop, and return them."""
        for group in list(self._groups.values()):
            group.stop.set()
        return [thread for group in list(self._groups.values()) for thread in group.threads]

    def _look(self) -> None:
        found = {primary.name: primary for primary in primaries_of(self._redis)}
        gone = [name for name, group in self._groups.items() if group.primary != found.get(name)]
        for name in gone:
            self._groups.pop(name).stop.set()
            self._status.forget(name)
        new = [primary for name, primary in found.items() if name not in self._groups]
        for primary in new:
            stop = Event()
            self._groups[primary.name] = _Group(primary, stop, self._start_on(primary, stop))
        if gone or new:
            log.info("topology", extra={"primaries": sorted(found), "gone": gone})
            self._reconcile()
