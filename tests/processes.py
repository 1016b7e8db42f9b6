"""The project's own processes, started for real on free ports and spoken to over HTTP."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from config import ROOT, Settings
from embedded.process import free_port, wait_for

PATIENCE = 30.0  # seconds; a bound against hanging, not a measurement

WEB = ("-m", "gunicorn", "wsgi:app")
LISTENER = ("-m", "expiry_listener")


@dataclass
class Answer:
    """What came back. `json` is the body, where it is JSON."""

    status: int
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


@dataclass
class Process:
    """A process that serves HTTP."""

    given_port: int
    log: Path
    popen: subprocess.Popen[bytes]

    @property
    def port(self) -> int:
        """Where it serves: a listener says in its log which port it found free from the one it was given."""
        told = (line for line in self.log.read_text().splitlines() if '"health and metrics"' in line)
        return next((int(json.loads(line)["port"]) for line in told), self.given_port)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def send(self, method: str, path: str, body: Any = None, token: str = "") -> Answer:
        """One request, with the body as JSON and the token as bearer."""
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            response = connection.getresponse()
            return Answer(response.status, response.read().decode())
        finally:
            connection.close()

    def get(self, path: str) -> Answer:
        """What is there; status 0 while it does not answer."""
        try:
            return self.send("GET", path)
        except (OSError, HTTPException):
            return Answer(0, "")

    def is_ready(self) -> bool:
        """Whether it says so itself."""
        return self.get("/readyz").status == 200

    def wait_ready(self) -> None:
        """Fails, with what it wrote, if it ends or does not become ready."""
        wait_for(lambda: self.is_ready() or self.popen.poll() is not None, PATIENCE)
        assert self.is_ready(), self.log.read_text()

    def metric(self, name: str) -> float:
        """The figure of that name, with its labels, as its metrics have it; 0 when there is none."""
        lines = self.send("GET", "/metrics").text.splitlines()
        return next((float(line.rpartition(" ")[2]) for line in lines if line.rpartition(" ")[0] == name), 0.0)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send the signal and return the exit code; kills it when it does not end."""
        self.popen.send_signal(number)
        try:
            return self.popen.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait(PATIENCE)
            raise


@contextmanager
def web(settings: Settings, folder: Path, *, ready: bool = True, **variables: object) -> Iterator[Process]:
    """`gunicorn wsgi:app` on the settings' stores; `variables` are for its environment."""
    with _running(WEB, "PORT", settings, folder, variables) as process:
        if ready:
            process.wait_ready()
        yield process


@contextmanager
def listener(settings: Settings, folder: Path, *, ready: bool = True, **variables: object) -> Iterator[Process]:
    """`python -m expiry_listener` on the settings' stores; `variables` are for its environment."""
    with _running(LISTENER, "LISTENER_PORT", settings, folder, variables) as process:
        if ready:
            process.wait_ready()
        yield process


@contextmanager
def _running(
    arguments: tuple[str, ...], port_variable: str, settings: Settings, folder: Path, variables: dict[str, object]
) -> Iterator[Process]:
    environment = {
        "DATABASE_URL": settings.database_url,
        "PAYMENT_PROVIDER": "sandbox",
        "REDIS_URL": settings.redis_url,
        "JWT_SECRET_KEY": settings.jwt_secret_key,
        "RATE_LIMITS": "off",
        port_variable: free_port(),
        **variables,
    }
    number, name = tempfile.mkstemp(".log", f"{arguments[1]}-", folder)
    with open(number, "wb") as output:
        popen = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=os.environ | {name: str(value) for name, value in environment.items()},
            stdout=output,
            stderr=output,
        )
    process = Process(int(str(environment[port_variable])), Path(name), popen)
    try:
        yield process
    finally:
        if popen.poll() is None:
            process.stop()


@contextmanager
def paused(pid: int) -> Iterator[None]:
    """A process that is alive and does nothing, as far as others can tell."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
