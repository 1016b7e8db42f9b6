"""Streams of the real web process, with one worker."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path

import psutil
import pytest

from embedded.process import free_port, wait_for
from tests.shop import Shopper
from tests.streams.conftest import eventually
from tests.streams.listener import PATIENCE, Listener

pytestmark = pytest.mark.processes

FOR_EVER = 3600  # seconds that gunicorn would wait for requests to end


class Web:
    """`gunicorn wsgi:app`."""

    def __init__(self, settings, folder: Path, graceful_timeout: float) -> None:
        self.port = free_port()
        self.log = folder / f"web-{self.port}.log"
        environment = os.environ | {
            "DATABASE_URL": settings.database_url,
            "PAYMENT_PROVIDER": "sandbox",
            "REDIS_URL": settings.redis_url,
            "JWT_SECRET_KEY": settings.jwt_secret_key,
            "PORT": str(self.port),
        }
        command = [
            sys.executable,
            "-m",
            "gunicorn",
            "--workers",
            "1",
            "--graceful-timeout",
            str(graceful_timeout),
            "wsgi:app",
        ]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)

    def answers(self) -> bool:
        try:
            return self.get("/healthz")[0] == 200
        except OSError:
            return False

    def get(self, path: str, token: str = "") -> tuple[int, bytes]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def open_streams(self) -> int:
        """What its metrics say."""
        [line] = [line for line in self.get("/metrics")[1].splitlines() if line.startswith(b"event_streams_open ")]
        return int(float(line.split()[1]))

    @property
    def worker(self) -> psutil.Process:
        [worker] = psutil.Process(self.process.pid).children()
        return worker

    def end(self, number: int) -> int:
        """Send the signal and return the exit code."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


@pytest.fixture
def web(request, settings, tmp_path) -> Iterator[Web]:
    web = Web(settings, tmp_path, getattr(request, "param", FOR_EVER))
    try:
        assert wait_for(web.answers, PATIENCE), web.log.read_text()
        yield web
    finally:
        if web.process.poll() is None:
            web.process.kill()
            web.process.wait(PATIENCE)


@pytest.fixture
def listen(web) -> Iterator[Callable[[Shopper], Listener]]:
    with ExitStack() as stack:

        def start(shopper: Shopper) -> Listener:
            listener = Listener(web.port, shopper.token)
            stack.callback(listener.close)
            assert listener.status == 200
            listener.greeting()
            return listener

        yield start


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_streams_and_then_the_process(web, listen, u1, u2, number):
    streams = [listen(shopper) for shopper in (u1, u1, u2)]
    assert web.end(number) == 0
    for stream in streams:
        assert stream.rest() == b""
    assert "Traceback" not in web.log.read_text()


@pytest.mark.attack
def test_clients_that_do_not_hang_up_delay_nothing(web, u1, u2):
    with ExitStack() as stack:
        for token in (u1.token, u2.token) * 10:
            client = stack.enter_context(socket.create_connection(("127.0.0.1", web.port), PATIENCE))
            client.sendall(f"GET /orders/events/ HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
            assert client.recv(4096).startswith(b"HTTP/1.1 200")
        eventually(lambda: web.open_streams() == 20)
        assert web.end(signal.SIGTERM) == 0  # two seconds for each would be too long


def test_streams_take_no_request_its_turn(web, listen, u1, u2):
    streams = [listen(shopper) for shopper in (u1, u2) for _ in range(10)]
    assert web.open_streams() == 20 > 16
    assert web.get("/orders/list/", u1.token)[0] == 200
    for stream in streams:
        stream.close()
    eventually(lambda: web.open_streams() == 0)


@pytest.mark.parametrize("web", [1], indirect=True)
def test_a_worker_without_its_master_ends(web, listen, u1):
    listen(u1)
    worker = web.worker
    web.process.kill()
    web.process.wait(PATIENCE)
    psutil.wait_procs([worker], timeout=PATIENCE)
    assert not worker.is_running()


def test_an_event_of_another_process_arrives(web, listen, u1):
    stream = listen(u1)
    order = u1.ordered(2)  # in this process
    assert stream.hear().data["id"] == order["id"]
