"""A shop to write orders into, and listeners: as threads of the test, or as real processes."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from threading import Event
from time import monotonic

import pytest

from embedded.process import free_port, wait_for
from expiry_listener.listener import Listener
from expiry_listener.shop import Shop as Additions
from expiry_listener.shop import Wallets
from lapse.redis_client import connect
from shared.timeouts import TIMEOUTS
from tests.engine.shop import Shop

PATIENCE = 20.0  # seconds; a bound against hanging, not a measurement


def eventually(condition: Callable[[], bool]) -> None:
    """Wait for a condition; fail when it does not come true."""
    assert wait_for(condition, PATIENCE), "it did not come true"


def settle(listener: Listener) -> None:
    """Return when the sweeps that the start asked for are over, so that what follows is not their doing."""
    sweeper, asked = listener.sweeper, monotonic()
    sweeper.request()
    eventually(lambda: asked < sweeper.began < listener.status.swept and not sweeper.requested.is_set())


@pytest.fixture
def shop(sessions) -> Shop:
    return Shop(sessions)


@pytest.fixture
def start_listener(sessions, redis_url) -> Iterator[Callable[..., Listener]]:
    """Start a listener in threads of this process, subscribed when it returns; it is stopped at the end."""
    with ExitStack() as stack:

        def start(sweep_interval: float = 3600, **options: bool) -> Listener:
            client = connect(redis_url, timeout=2)

            def additions(backlog: Callable[[], int], stop: Event) -> Additions:
                return Additions(Wallets(sessions, client, sweep_interval, backlog, stop))

            listener = Listener(TIMEOUTS, sessions, client, sweep_interval, additions=additions, **options)
            listener.start()
            stack.callback(client.close)
            stack.callback(listener.stop)
            eventually(lambda: not listener.status.problems())
            settle(listener)
            return listener

        yield start


class ListenerProcess:
    """`python -m expiry_listener`, for real."""

    def __init__(self, database_url: str, redis_url: str, log: Path, sweep_interval: float, port: int) -> None:
        self.log = log
        environment = os.environ | {
            "DATABASE_URL": database_url,
            "PAYMENT_PROVIDER": "sandbox",
            "REDIS_URL": redis_url,
            "JWT_SECRET_KEY": "not used by a listener, but asked for all the same",
            "SWEEP_INTERVAL": str(sweep_interval),
            "LISTENER_PORT": str(port),
        }
        command = [sys.executable, "-m", "expiry_listener"]
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)

    @property
    def port(self) -> int:
        """Where its health server is, as its log says; 0 before it does."""
        lines = (line for line in self.log.read_text().splitlines() if '"health and metrics"' in line)
        return next((json.loads(line)["port"] for line in lines), 0)

    def get(self, path: str) -> tuple[int, str]:
        """The status and the body that its health server answers; 0 while it does not."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode()
        except OSError:
            return 0, ""
        finally:
            connection.close()

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send the signal and return the exit code."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


@pytest.fixture
def listener_process(database_url, redis_url, tmp_path) -> Iterator[Callable[..., ListenerProcess]]:
    """Start a listener process that is ready when it returns; what is left of it at the end is killed."""
    started: list[ListenerProcess] = []

    def start(
        sweep_interval: float = 3600, *, ready: bool = True, redis_url: str = redis_url, port: int = 0
    ) -> ListenerProcess:
        log = tmp_path / f"listener-{len(started)}.log"
        listener = ListenerProcess(database_url, redis_url, log, sweep_interval, port or free_port())
        started.append(listener)
        if ready:
            eventually(lambda: listener.get("/readyz")[0] == 200)
        return listener

    yield start
    for listener in started:
        if listener.process.poll() is None:
            listener.end(signal.SIGKILL)


@pytest.fixture
def valkey_paused(valkey):
    """A context in which the server is stopped in its tracks, its connections open."""

    @contextmanager
    def paused():
        os.kill(valkey.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(valkey.pid, signal.SIGCONT)

    return paused


@pytest.fixture
def valkey_restarted(valkey):
    """Kill the server, throw away what it kept and start it again at the same place."""

    def restart() -> None:
        port = valkey.port
        valkey.kill()
        shutil.rmtree(valkey.data)
        valkey.start(port)

    return restart
