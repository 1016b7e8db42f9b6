"""`make bench-slow`: what 200 slow clients cost 200 ordinary ones, through nginx and without it, in one run."""

import argparse
import random
import socket
import ssl
import tempfile
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from threading import Event, Thread
from time import monotonic, sleep

from bench.rig import machine, percentile, rig
from bench.streams import web
from embedded.nginx import NGINX, nginx

ORDINARY = 200
SLOW = 200
PAUSE = 4.0  # seconds between two requests of an ordinary client, on average
PATIENCE = 30.0  # seconds after which an answer counts as none
BEGINNINGS = (
    b"GET /courses/ HTTP/1.1\r\nHost: localhost\r\nX-Half: ",
    b"POST /users/login/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{",
    b"POST /payments/alipay/notify/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
)
"""What a slow client begins with. The first two go on by a drop a second, the last one has its answer and stays."""


@dataclass
class Door:
    """Where clients come in."""

    name: str
    port: int
    tls: ssl.SSLContext | None

    def ask(self, source: str) -> float:
        """How long an ordinary client's request took, in seconds; PATIENCE if it was not answered well."""
        began = monotonic()
        connection = (
            HTTPSConnection("localhost", self.port, timeout=PATIENCE, source_address=(source, 0), context=self.tls)
            if self.tls
            else HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE, source_address=(source, 0))
        )
        try:
            connection.request("GET", "/courses/")
            response = connection.getresponse()
            response.read()
            return monotonic() - began if response.status == 200 else PATIENCE
        except (OSError, HTTPException):
            return PATIENCE
        finally:
            connection.close()

    def begin(self, number: int) -> socket.socket:
        """A slow client's connection."""
        source = f"127.0.2.{1 + number % 20}"
        connection = socket.create_connection(("127.0.0.1", self.port), PATIENCE, (source, 0))
        if self.tls:
            connection = self.tls.wrap_socket(connection, server_hostname="localhost")
        connection.sendall(BEGINNINGS[number % len(BEGINNINGS)])
        connection.setblocking(False)
        return connection


@contextmanager
def slow_clients(door: Door, count: int) -> Iterator[None]:
    """Keep so many slow clients at the door; whoever is turned away comes again."""
    stop = Event()
    crowd: deque[tuple[int, socket.socket]] = deque()
    for number in range(count):
        crowd.append((number, door.begin(number)))
        sleep(0.02)  # not all at once, for then they would all be turned away and come again at once
    thread = Thread(target=_drip, args=(door, crowd, stop))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        for _, connection in crowd:
            connection.close()


def _drip(door: Door, crowd: deque[tuple[int, socket.socket]], stop: Event) -> None:
    while not stop.wait(1 / len(crowd)):
        number, connection = crowd.popleft()
        if _is_over(connection, number):
            connection.close()
            with suppress(OSError):
                connection = door.begin(number)
        crowd.append((number, connection))


def _is_over(connection: socket.socket, number: int) -> bool:
    """Send a drop, if it is one that drips, and look whether it was turned away."""
    kind = number % len(BEGINNINGS)
    if kind == len(BEGINNINGS) - 1:
        return False
    try:
        if kind < 2:
            connection.send(b" ")
        return connection.recv(65536) == b""
    except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
        return False
    except OSError:
        return True


def _ordinary(door: Door, number: int, seconds: float) -> list[float]:
    ends, took = monotonic() + seconds, []
    pause = random.uniform(0, PAUSE)
    while monotonic() + pause < ends:
        sleep(pause)
        took.append(door.ask(f"127.0.3.{1 + number}"))
        pause = random.uniform(0, 2 * PAUSE)
    return took


def _measure(door: Door, seconds: float) -> list[float]:
    with ThreadPoolExecutor(ORDINARY) as pool:
        each = pool.map(lambda number: _ordinary(door, number, seconds), range(ORDINARY))
        return [duration for took in each for duration in took]


def _report(door: Door, slow: int, each: Sequence[float]) -> float:
    took = sorted(each)
    p50, p99 = percentile(took, 0.5) * 1000, percentile(took, 0.99) * 1000
    refused = sum(duration >= PATIENCE for duration in took)
    print(f"{door.name:>14} {slow:5} {len(took):9,} {p50:7.1f} {p99:7.1f} {refused:8}", flush=True)
    return p99


def _compare(door: Door, seconds: float, rounds: int) -> None:
    """Measure without and with slow clients in turns, for other work on the machine comes and goes."""
    _measure(door, 2 * PAUSE)  # warms up
    alone: list[float] = []
    beside: list[float] = []
    for _ in range(rounds):
        alone += _measure(door, seconds)
        with slow_clients(door, SLOW):
            beside += _measure(door, seconds)
    ratio = _report(door, SLOW, beside) / _report(door, 0, alone)
    print(f"{door.name:>14} p99 with slow clients is {ratio:.2f} times that without", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=15, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    print(
        f"{machine()}; one gunicorn worker, {ORDINARY} ordinary clients, GET /courses/ {ORDINARY / PAUSE:.0f} a second"
    )
    print(f"{'door':>14} {'slow':>5} {'requests':>9} {'p50 ms':>7} {'p99 ms':>7} {'refused':>8}")
    with (
        rig() as bench,
        tempfile.TemporaryDirectory() as folder,
        tempfile.TemporaryFile() as log,
        web(bench, log.fileno()) as (port, _),
    ):
        _compare(Door("gunicorn", port, None), options.seconds, options.rounds)
        if NGINX is None:
            raise SystemExit("nginx is not installed on this machine")
        with nginx(Path(folder), port, Path(folder)) as front:
            _compare(Door("nginx, TLS", front.port, front.tls), options.seconds, options.rounds)


if __name__ == "__main__":
    main()
