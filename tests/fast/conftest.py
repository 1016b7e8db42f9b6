"""The fast layer of `make check`: no servers. Redis is fakeredis, PostgreSQL a table in memory.

What neither can show is shown on the real ones, in tests/engine; each module says what that is.
"""

from threading import Event

import pytest
from fakeredis import FakeServer, FakeStrictRedis
from redis import Redis

from expiry_listener.status import Status
from expiry_listener.trust import Trust
from lapse.kind import Kind
from lapse.registry import Timeouts
from tests.fast.table import Database, Table


class Once(Event):
    """A stop that comes where a loop would pause for that many seconds or more: the loop has then run once."""

    def __init__(self, pause: float) -> None:
        super().__init__()
        self._pause = pause

    def wait(self, timeout: float | None = None) -> bool:
        if timeout is None or timeout < self._pause:
            return super().wait(timeout)
        self.set()
        return True


class Ticks:
    """A monotonic clock that stands still until somebody moves it."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def trust(ticks) -> Trust:
    """In a Redis whose primary `p` is followed."""
    trust = Trust(ticks)
    trust.follow("p")
    return trust


@pytest.fixture
def redis_server() -> FakeServer:
    """Redis itself; not `connected`, it is away."""
    return FakeServer()


@pytest.fixture
def redis(redis_server) -> Redis:
    """A client of it."""
    return FakeStrictRedis(server=redis_server)


@pytest.fixture
def timeouts() -> Timeouts:
    """Seats and tables that are held for a while."""
    timeouts = Timeouts("house")
    for name in ("seat", "table"):
        timeouts.add(Kind(name, table=f"{name}s", due="held_until", open="held", close="held = false"))
    return timeouts


@pytest.fixture
def seats(timeouts) -> Table:
    return Table(timeouts["seat"])


@pytest.fixture
def tables(timeouts) -> Table:
    return Table(timeouts["table"])


@pytest.fixture
def database(seats, tables) -> Database:
    """Sessions on both tables."""
    return Database(seats, tables)


@pytest.fixture
def status() -> Status:
    """Of a listener that looks every hour."""
    return Status(3600)
