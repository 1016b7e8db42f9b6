"""A process of the product, started again whenever it ends, as a process manager would: no test wants that."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import Event, Thread
from typing import Any

import psutil

from config import ROOT
from embedded.process import answers_ok

BACKOFF = 0.3  # seconds until it is started again
STOP_SECONDS = 15


class Daemon:
    """One process and its children. `on_change` is told False when it ends and True when its server answers."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        port: int,
        environment: Mapping[str, str],
        log: Path,
        on_change: Callable[[bool], None],
        skew: float = 0.0,
    ) -> None:
        self.port = port
        self.skew = skew
        self._command = command
        self._environment = {**os.environ, **environment}
        self._log = log
        self._on_change = on_change
        self._closing = Event()
        self._process = self._start()
        self._thread = Thread(target=self._keep, name=name, daemon=True)
        self._thread.start()

    @property
    def workers(self) -> list[psutil.Process]:
        """Its children."""
        try:
            return psutil.Process(self._process.pid).children()
        except psutil.NoSuchProcess:
            return []

    def kill(self) -> None:
        """SIGKILL to it and its children; it is started again."""
        self._on_change(False)
        workers = self.workers
        self._process.kill()
        for each in workers:
            each.kill()

    def signal(self, number: int) -> None:
        """Send a signal to it and its children."""
        for pid in (self._process.pid, *(worker.pid for worker in self.workers)):
            os.kill(pid, number)

    def close(self) -> int:
        """End it as an operator would; its exit code."""
        self._closing.set()
        self.signal(signal.SIGCONT)
        self._process.terminate()
        try:
            return self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            return self._process.wait()
        finally:
            self._thread.join()

    def answers(self, path: str = "/healthz") -> bool:
        """Whether its HTTP server says 200."""
        return answers_ok(self.port, path)

    def _start(self) -> subprocess.Popen[Any]:
        launch = [sys.executable, "-m", "drill.launch", f"--skew={self.skew}", *self._command]
        with self._log.open("ab") as log:
            return subprocess.Popen(launch, cwd=ROOT, env=self._environment, stdout=log, stderr=log)

    def _keep(self) -> None:
        while not self._closing.is_set():
            while not self.answers() and self._process.poll() is None and not self._closing.wait(0.05):
                pass
            self._on_change(self._process.poll() is None)
            self._process.wait()
            self._on_change(False)
            if not self._closing.wait(BACKOFF):
                self._process = self._start()
