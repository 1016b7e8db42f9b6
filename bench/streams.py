"""`make bench-streams`: what a thousand open event streams cost one web process, and how soon events arrive on them."""

import argparse
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from http.client import HTTPConnection
from selectors import EVENT_READ, DefaultSelector
from socket import create_connection, socket
from threading import Thread
from time import monotonic, sleep

import psutil
from sqlalchemy import text

from bench.rig import USERS, Rig, machine, percentile, rig
from config import read
from embedded.process import free_port, wait_for
from shared.stores import events
from webapp import auth, create_app

SECRET = "a secret of the bench, long enough to sign with"  # noqa: S105 - signs for the bench's own processes
RATE = 40  # requests a second while the latency is measured
SINGLE = 200  # events that are told one by one
SHARES = {"p50": 0.5, "p99": 0.99, "max": 1}

_EVENTS = """
INSERT INTO order_events (order_id, user_id, kind, status) SELECT id, user_id, 'status', 0 FROM orders
WHERE user_id = ANY(:users)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=1000)
    parser.add_argument("--requests", type=int, default=1000)
    options = parser.parse_args()
    print(f"{machine()}; one gunicorn worker, GET /orders/list/ at {RATE} a second")
    with rig() as bench, tempfile.TemporaryFile() as log:
        bench.place(USERS, first_in=86_400, spread=1)
        with web(bench, log.fileno()) as (port, master):
            _measure(bench, port, master, options.streams, options.requests)


def _measure(bench: Rig, port: int, master: psutil.Process, streams: int, requests: int) -> None:
    [worker] = master.children()
    tokens = _tokens(bench)
    _latencies(port, tokens, 200)  # warms up
    print(f"{'streams':>8} {'MB':>6} {'threads':>8} {'p50 ms':>7} {'p99 ms':>7} {'max ms':>7}")
    _report(worker, 0, _latencies(port, tokens, requests))
    audience = Audience(port, tokens, streams)
    _report(worker, streams, _latencies(port, tokens, requests))

    single: list[float] = []
    for user in random.choices(audience.users, k=SINGLE):
        single += _tell(bench, audience, [user])
        sleep(0.01)
    at_once = sorted(_tell(bench, audience, sorted(set(audience.users))))
    for name, late in (("one event", sorted(single)), ("one event for each at once", at_once)):
        figures = " ".join(f"{share} {percentile(late, value) * 1000:.1f}" for share, value in SHARES.items())
        print(f"commit to arrival, {name}: {len(late):,} arrivals, ms: {figures}")
    print(f"afterwards {worker.memory_info().rss / 2**20:.0f} MB")

    told = monotonic()
    master.terminate()
    audience.wait_for_the_end()
    streams_ended = monotonic() - told
    master.wait(30)
    print(f"SIGTERM to the end of all streams {streams_ended:.2f} s, of the process {monotonic() - told:.2f} s")


class Audience:
    """Open streams, one for each user in turn, read by one thread; `arrivals` is when each first heard an event."""

    def __init__(self, port: int, tokens: Sequence[str], count: int) -> None:
        self.users = [1 + number % USERS for number in range(count)]
        self.arrivals: dict[int, float] = {}
        self._greeted = 0
        self._selector = DefaultSelector()
        for number, user in enumerate(self.users):
            self._selector.register(_open(port, tokens[user - 1]), EVENT_READ, number)
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()
        if not wait_for(lambda: self._greeted == count, 60):
            raise SystemExit(f"only {self._greeted} of {count} streams were opened")

    def wait_for_the_end(self) -> None:
        """Return when the server has ended every stream; no client hangs up."""
        self._reader.join(30)

    def _read(self) -> None:
        while self._selector.get_map():
            for key, _ in self._selector.select():
                assert isinstance(key.fileobj, socket)
                data = key.fileobj.recv(65536)
                if not data:
                    self._selector.unregister(key.fileobj)
                if b"event: order" in data:
                    self.arrivals.setdefault(key.data, monotonic())
                self._greeted += b": hello" in data


def _open(port: int, token: str) -> socket:
    connection = create_connection(("127.0.0.1", port), 30)
    connection.sendall(f"GET /orders/events/ HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
    return connection


def _tell(bench: Rig, audience: Audience, users: Sequence[int]) -> list[float]:
    """Commit an event for each of the users and return how long each stream waited for it."""
    told = set(users)
    listening = sum(user in told for user in audience.users)
    audience.arrivals.clear()
    with bench.sessions() as session:
        session.execute(text(_EVENTS), {"users": list(users)})
        session.commit()
    committed = monotonic()
    events.announce(bench.redis, users)
    wait_for(lambda: len(audience.arrivals) >= listening, 30)
    return [arrived - committed for arrived in audience.arrivals.values()]


def _latencies(port: int, tokens: Sequence[str], count: int) -> list[float]:
    """How long each of `count` requests took, in seconds, sorted; they are sent RATE a second."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    seconds = []
    began = monotonic()
    for number in range(count):
        sleep(max(0, began + number / RATE - monotonic()))
        start = monotonic()
        connection.request("GET", "/orders/list/", headers={"Authorization": f"Bearer {tokens[number % USERS]}"})
        response = connection.getresponse()
        response.read()
        assert response.status == 200, response.status
        seconds.append(monotonic() - start)
    connection.close()
    return sorted(seconds)


def _report(worker: psutil.Process, streams: int, latencies: Sequence[float]) -> None:
    figures = " ".join(f"{percentile(latencies, value) * 1000:7.1f}" for value in SHARES.values())
    memory = worker.memory_info().rss / 2**20
    print(f"{streams:8,} {memory:6.0f} {worker.num_threads():8,} {figures}", flush=True)


def _tokens(bench: Rig) -> list[str]:
    settings = replace(read({}), database_url=bench.database_url, redis_url=bench.redis_url, jwt_secret_key=SECRET)
    app = create_app(settings)
    with app.app_context():
        return [auth.new_session(user)["token"] for user in range(1, USERS + 1)]


@contextmanager
def web(bench: Rig, log: int) -> Iterator[tuple[int, psutil.Process]]:
    """A web process with one worker: its port, and its master."""
    port = free_port()
    environment = os.environ | {
        "DATABASE_URL": bench.database_url,
        "PAYMENT_PROVIDER": "sandbox",
        "REDIS_URL": bench.redis_url,
        "JWT_SECRET_KEY": SECRET,
        "PORT": str(port),
    }
    command = [sys.executable, "-m", "gunicorn", "--workers", "1", "wsgi:app"]
    with subprocess.Popen(command, env=environment, stderr=log) as process:
        try:
            if not wait_for(lambda: _answers(port), 30):
                raise SystemExit("the web process did not start")
            yield port, psutil.Process(process.pid)
        finally:
            process.terminate()


def _answers(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    main()
