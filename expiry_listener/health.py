"""`/healthz`, `/readyz` and `/metrics` on LISTENER_PORT, or on the next port that is free."""

import errno
import json
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from prometheus_client import CONTENT_TYPE_LATEST

from expiry_listener.status import Status

PORTS = 100  # tried one after the other, because several listeners on one machine are given the same first one


def serve_health(host: str, port: int, status: Status, figures: Callable[[], bytes]) -> ThreadingHTTPServer:
    """Serve on a thread, with `figures` as Prometheus text, and return the server.

    Raises OSError when there is no port to be had.
    """

    class Handler(_Handler):
        listener_status = status
        metrics = staticmethod(figures)

    server = _bind(host, port, Handler)
    server.daemon_threads = True
    Thread(target=server.serve_forever, name="health", daemon=True).start()
    return server


def _bind(host: str, first: int, handler: type[BaseHTTPRequestHandler]) -> ThreadingHTTPServer:
    """A server on the first free one of `PORTS` ports."""
    last = min(first + PORTS - 1, 65535)
    for port in range(first, last):
        try:
            return ThreadingHTTPServer((host, port), handler)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
    return ThreadingHTTPServer((host, last), handler)


class _Handler(BaseHTTPRequestHandler):
    listener_status: Status
    metrics: Callable[[], bytes]
    timeout = 5  # seconds for a client to say what it wants

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
