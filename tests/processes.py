"""The project's own processes, as a deployment runs them, on free ports and a test's stores."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from config import ROOT, Settings
from embedded.process import free_port, wait_for

PATIENCE = 30.0  # seconds; a bound against hanging, not a measurement
WEB = ("-m", "gunicorn", "wsgi:app")
LISTENER = ("-m", "expiry_listener")


class Process:
    """One of them; `port` answers `/readyz`, `log` is what it printed."""

    def __init__(self, command: Sequence[str], settings: Settings, folder: Path, port: int = 0) -> None:
        self.port = port or free_port()
        self.log = folder / f"{command[1]}-{self.port}.log"
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, *command],
                cwd=ROOT,
                env=os.environ | environment(settings) | {"PORT": str(self.port), "LISTENER_PORT": str(self.port)},
                stdout=log,
                stderr=log,
            )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        return self._process.pid

    def get(self, path: str) -> tuple[int, str]:
        """The status and the body that it answers; 0 while it does not."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode()
        except (OSError, HTTPException):
            return 0, ""
        finally:
            connection.close()

    def until_ready(self) -> "Process":
        """Itself, as soon as it is ready; fails with its log when it does not become so."""
        wait_for(lambda: self._process.poll() is not None or self.get("/readyz")[0] == 200, PATIENCE)
        assert self.get("/readyz")[0] == 200, self.log.read_text()
        return self

    def tell(self, number: int) -> None:
        """Send the signal, if it still runs."""
        if self._process.poll() is None:
            self._process.send_signal(number)

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send the signal, if it still runs, and return the exit code."""
        self.tell(number)
        try:
            return self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise


class Site:
    """A web process and a listener that share their stores."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self._settings = settings
        self._folder = folder
        self._processes: list[Process] = []
        self.web = self._started(WEB)
        self.listener = self._started(LISTENER)

    @property
    def url(self) -> str:
        return self.web.url

    def start_listener(self) -> None:
        """Start another listener, and return when it is ready."""
        self.listener = self._started(LISTENER).until_ready()

    def close(self) -> None:
        for process in self._processes:
            process.tell(signal.SIGTERM)
        with ExitStack() as stack:
            for process in self._processes:
                stack.callback(process.end)

    def _started(self, command: Sequence[str]) -> Process:
        self._processes.append(Process(command, self._settings, self._folder))
        return self._processes[-1]


@contextmanager
def running_site(settings: Settings, folder: Path) -> Iterator[Site]:
    """A site that is ready, with its logs in `folder`."""
    site = Site(settings, folder)
    try:
        for process in (site.web, site.listener):
            process.until_ready()
        yield site
    finally:
        site.close()


def environment(settings: Settings) -> dict[str, str]:
    """The variables that make a process have these settings, but for its port."""
    return {
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "JWT_SECRET_KEY": settings.jwt_secret_key,
        "ORDER_TIMEOUT": str(settings.order_timeout),
        "SWEEP_INTERVAL": str(settings.sweep_interval),
        "RATE_LIMITS": "on" if settings.rate_limits else "off",
        "PAYMENT_PROVIDER": settings.payment_provider,
    }
