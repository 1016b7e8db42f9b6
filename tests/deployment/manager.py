"""A process manager that runs the shop, as its operator would start it."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

import config
from embedded.process import free_port, wait_for
from tests.processes import PATIENCE, Process

PATH = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)))


class Manager:
    """A Procfile manager that runs."""

    def __init__(self, popen: subprocess.Popen[bytes], folder: Path, port: int) -> None:
        self._popen = popen
        self._folder = folder
        self._port = port
        self._own_log = folder / "own.log"  # theirs are the manager's, which say the port of each listener
        self._own_log.touch()

    def web(self, number: int = 0) -> Process:
        """The web process of that number."""
        return Process(self._port + number, self._own_log, self._popen)

    def listeners(self, count: int) -> list[Process]:
        """So many listeners, each where its log says that it is."""
        assert wait_for(lambda: len(self.listener_starts()) == count, PATIENCE), self._said()
        return [Process(port, self._own_log, self._popen) for port in set(self.listener_starts())]

    def wait_ready(self, process: Process) -> None:
        """Fails, with what all wrote, if the manager ends or the process does not become ready."""
        wait_for(lambda: process.is_ready() or self._popen.poll() is not None, PATIENCE)
        assert process.is_ready(), self._said()

    def kill_a_listener(self) -> None:
        """End one without a word."""
        children = psutil.Process(self._popen.pid).children(recursive=True)
        next(child for child in children if "expiry_listener" in child.cmdline()).kill()

    def stop(self) -> None:
        """Send SIGTERM; fails if anything is left, or did not hear it."""
        children = psutil.Process(self._popen.pid).children(recursive=True)
        assert len(children) >= 3, self._said()  # gunicorn's master and worker, a listener
        self._popen.send_signal(signal.SIGTERM)
        self._popen.wait(PATIENCE)
        _, left = psutil.wait_procs(children, PATIENCE)
        said = self._said()
        assert not left, said
        assert '"message": "stopped"' in said
        assert "Handling signal: term" in said

    def listener_starts(self) -> list[int]:
        """The port that each listener found, one for each start."""
        told = re.findall(r'\{.*"health and metrics".*\}', self._said())
        return [json.loads(line)["port"] for line in told]

    def _said(self) -> str:
        """What the manager and all its processes wrote."""
        return "".join(log.read_text() for log in self._folder.glob("*.log"))


def settings_for(database_url: str, redis_url: str) -> dict[str, str]:
    """No variables but those that must be set, and short times."""
    return {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "JWT_SECRET_KEY": "k" * 32,
        "PAYMENT_PROVIDER": "sandbox",
        "PORT": str(free_port()),
        "LISTENER_PORT": str(free_port()),
        "ORDER_TIMEOUT": "1",
        "SWEEP_INTERVAL": "0.5",
        "PYTHONUNBUFFERED": "1",
    }


@contextmanager
def managed(words: str, settings: dict[str, str], folder: Path) -> Iterator[Manager]:
    """`words` in the project's folder, with these variables alone."""
    environment = {"PATH": PATH, "HOME": str(folder), "LC_ALL": "C.UTF-8"} | settings
    log = folder / "manager.log"
    with log.open("wb") as output:
        popen = subprocess.Popen(shlex.split(words), cwd=config.ROOT, env=environment, stdout=output, stderr=output)
    try:
        yield Manager(popen, folder, int(settings["PORT"]))
    finally:
        if popen.poll() is None:
            popen.terminate()
            popen.wait(PATIENCE)
