"""`/healthz`, `/readyz` and `/metrics` on LISTENER_PORT, or on the next port that is free."""

import contextlib
import errno
import json
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SHUT_RDWR, socket
from threading import Thread
from time import monotonic
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST

from expiry_listener.status import Status

PORTS = 100  # tried one after the other, because several listeners on one machine are given the same first one
MOST_CONNECTIONS = 32  # one more, and the oldest is dropped
DEADLINE = 5.0  # seconds for a client to say what it wants and to take the answer


def serve_health(host: str, port: int, status: Status, figures: Callable[[], bytes]) -> ThreadingHTTPServer:
    """Serve on a thread, with `figures` as Prometheus text, and return the server.

    Raises OSError when there is no port to be had.
    """

    class Handler(_Handler):
        listener_status = status
        metrics = staticmethod(figures)

    server = _bind(host, port, Handler)
    Thread(target=server.serve_forever, name="health", daemon=True).start()
    return server


def _bind(host: str, first: int, handler: type[BaseHTTPRequestHandler]) -> ThreadingHTTPServer:
    """A server on the first free one of `PORTS` ports."""
    last = min(first + PORTS - 1, 65535)
    for port in range(first, last):
        try:
            return _Server((host, port), handler)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
    return _Server((host, last), handler)


class _Server(ThreadingHTTPServer):
    """Whoever is slow, or holds many connections, keeps nobody else from an answer."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, *arguments: Any) -> None:
        self._opened: dict[socket, float] = {}
        super().__init__(*arguments)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._opened[request] = monotonic()
        if len(self._opened) > MOST_CONNECTIONS:
            _drop(next(iter(self._opened)))
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._opened.pop(request, None)
        super().shutdown_request(request)

    def service_actions(self) -> None:
        """Called twice a second: drop who has had its time."""
        since = monotonic() - DEADLINE
        for request in [request for request, opened in list(self._opened.items()) if opened < since]:
            _drop(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that went away, or were dropped."""


def _drop(request: socket) -> None:
    """Let its thread find that the client is gone."""
    with contextlib.suppress(OSError):
        request.shutdown(SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    listener_status: Status
    metrics: Callable[[], bytes]
    timeout = DEADLINE

    def do_GET(self) -> None:
        match self.path.split("?")[0].rstrip("/"):
            case "/healthz":
                self._answer(HTTPStatus.OK, "application/json", b'{"status": "ok"}')
            case "/readyz":
                self._ready()
            case "/metrics":
                self._answer(HTTPStatus.OK, CONTENT_TYPE_LATEST, self.metrics())
            case _:
                self._problem(HTTPStatus.NOT_FOUND, "not_found", "There is /healthz, /readyz and /metrics.")

    def _ready(self) -> None:
        problems, warnings = self.listener_status.problems(), self.listener_status.warnings()
        if problems:
            self._problem(HTTPStatus.SERVICE_UNAVAILABLE, "not_ready", "; ".join(problems), warnings=warnings)
        else:
            body = {"status": "ok", "warnings": warnings}
            self._answer(HTTPStatus.OK, "application/json", json.dumps(body).encode())

    def _problem(self, status: HTTPStatus, code: str, detail: str, **more: object) -> None:
        body = {
            "type": "about:blank",
            "title": status.phrase,
            "status": status,
            "detail": detail,
            "code": code,
            **more,
        }
        self._answer(status, "application/problem+json", json.dumps(body).encode())

    def _answer(self, status: HTTPStatus, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: probes come every second."""
