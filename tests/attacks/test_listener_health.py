"""Strangers at the listener's health server."""

import socket
import threading
from contextlib import ExitStack
from http.client import HTTPConnection

import pytest

from embedded.process import wait_for
from expiry_listener import health
from expiry_listener.status import Status

PATIENCE = 20.0  # seconds; a bound against hanging, not a measurement


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(health, "DEADLINE", 1.0)
    server = health.serve_health("127.0.0.1", 0, Status(5), lambda: b"")
    yield server
    server.shutdown()
    server.server_close()


def slow(server, said: bytes = b"GET /healthz HTTP/1.1\r\nX-Slow: ") -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", server.server_port), timeout=PATIENCE)
    connection.sendall(said)
    return connection


def status_of(server) -> int:
    connection = HTTPConnection("127.0.0.1", server.server_port, timeout=PATIENCE)
    connection.request("GET", "/healthz")
    status = connection.getresponse().status
    connection.close()
    return status


def handlers() -> int:
    return sum("process_request_thread" in thread.name for thread in threading.enumerate())


def test_many_who_say_nothing_keep_nobody_waiting_and_no_threads(server):
    with ExitStack() as stack:
        for _ in range(10 * health.MOST_CONNECTIONS):
            stack.enter_context(slow(server))
        assert status_of(server) == 200
        assert wait_for(lambda: handlers() <= health.MOST_CONNECTIONS, PATIENCE)


def test_who_sends_a_byte_now_and_then_is_dropped(server):
    with slow(server) as connection:

        def is_dropped() -> bool:
            try:
                connection.sendall(b"x")
            except OSError:
                return True
            return False

        assert wait_for(is_dropped, PATIENCE)
