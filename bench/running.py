"""A listener process that is measured: by its memory too, and of modules that no test runs."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from embedded.process import free_port


@dataclass
class Running:
    """The process, seen from outside."""

    pid: int
    port: int

    def memory(self, which: str = "VmRSS") -> float:
        """What it has in memory, in MB; the most that it ever had with `VmHWM`."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(f"{which}:")) / 1024

    def metric(self, name: str) -> float:
        """The figure of that name in its metrics."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", "/metrics")
        lines = connection.getresponse().read().decode().splitlines()
        connection.close()
        return next(float(line.split()[1]) for line in lines if line.startswith(f"{name} "))


@contextmanager
def run_listener(module: list[str], variables: dict[str, str]) -> Iterator[Running]:
    """Run `python -m MODULE…` with these variables in its environment, and end it."""
    port = free_port()
    environment = os.environ | variables | {"LISTENER_PORT": str(port)}
    command = [sys.executable, "-m", *module]
    with tempfile.TemporaryFile() as log, subprocess.Popen(command, env=environment, stderr=log) as process:
        try:
            yield Running(process.pid, port)
        finally:
            process.terminate()
