"""A shop to write orders into, and listeners: as threads of the test, or as real processes."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from threading import Event
from typing import Any

import pytest

from embedded.process import wait_for
from expiry_listener.listener import Listener
from expiry_listener.shop import Shop as Additions
from expiry_listener.shop import Wallets
from lapse.batches import Sessions
from lapse.redis_client import connect
from lapse.registry import Timeouts
from shared.timeouts import TIMEOUTS
from tests import processes
from tests.engine.shop import Shop
from tests.processes import PATIENCE, Process, paused


def eventually(condition: Callable[[], bool]) -> None:
    """Wait for a condition; fail when it does not come true."""
    assert wait_for(condition, PATIENCE), "it did not come true"


def settle(listener: Listener) -> None:
    """Return when the sweeps that the start asked for are over, so that what follows is not their doing."""
    listener.sweeper.request()
    eventually(lambda: listener.sweeper.is_resting)


@pytest.fixture
def shop(sessions) -> Shop:
    return Shop(sessions)


@pytest.fixture
def run_listener(redis_url) -> Iterator[Callable[..., Listener]]:
    """Run a listener of any registry in threads of this process, subscribed when it returns; stopped at the end."""
    with ExitStack() as stack:

        def start(timeouts: Timeouts, sessions: Sessions, sweep_interval: float = 3600, **options: Any) -> Listener:
            client = connect(options.pop("redis_url", redis_url), timeout=2)
            listener = Listener(timeouts, sessions, client, sweep_interval, **options)
            listener.start()
            stack.callback(client.close)
            stack.callback(listener.stop)
            eventually(lambda: not listener.status.missing_events() and listener.status.swept is not None)
            settle(listener)
            return listener

        yield start


@pytest.fixture
def start_listener(run_listener, sessions, redis_url) -> Iterator[Callable[..., Listener]]:
    """Start the shop's listener in threads of this process, ready when it returns; it is stopped at the end."""
    with connect(redis_url, timeout=2) as client:

        def start(sweep_interval: float = 3600, **options: bool) -> Listener:
            def additions(backlog: Callable[[], int], stop: Event) -> Additions:
                return Additions(Wallets(sessions, client, sweep_interval, backlog, stop))

            listener = run_listener(TIMEOUTS, sessions, sweep_interval, additions=additions, **options)
            eventually(lambda: not listener.status.problems())
            return listener

        yield start


@pytest.fixture
def listener_process(settings, tmp_path) -> Iterator[Callable[..., Process]]:
    """Start a listener process as `processes.listener` does, without sweeps but the first; it is ended at the end."""
    with ExitStack() as stack:

        def start(*, ready: bool = True, **variables: object) -> Process:
            lasting = {"SWEEP_INTERVAL": 3600} | variables
            return stack.enter_context(processes.listener(settings, tmp_path, ready=ready, **lasting))

        yield start


@pytest.fixture
def valkey_paused(valkey):
    """A context in which the server is stopped in its tracks, its connections open."""

    return lambda: paused(valkey.pid)


@pytest.fixture
def valkey_restarted(valkey):
    """Kill the server, throw away what it kept and start it again at the same place."""

    def restart() -> None:
        port = valkey.port
        valkey.kill()
        shutil.rmtree(valkey.data)
        valkey.start(port)

    return restart
