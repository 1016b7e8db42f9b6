"""Procfile managers as anyone types them, on a database without tables."""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

import config
from embedded.process import free_port, wait_for
from lapse.database import open_sessions
from tests.conftest import SCHOOL
from tests.deployment.customer import let_an_order_time_out
from tests.processes import PATIENCE, Process
from webapp import school

RELEASE = "flask --app wsgi db upgrade"
BIN = str(Path(sys.executable).parent)
PATH = os.pathsep.join((BIN, os.environ.get("PATH", os.defpath)))


class Manager:
    """A Procfile manager that runs."""

    def __init__(self, popen: subprocess.Popen[bytes], log: Path, port: int) -> None:
        self._popen = popen
        self._log = log
        self._port = port
        self._own_log = log.with_name("own.log")  # all write into the manager's, which says the port of each listener
        self._own_log.touch()

    def web(self, number: int = 0) -> Process:
        """The web process of that number."""
        return Process(self._port + number, self._own_log, self._popen)

    def listeners(self, count: int) -> list[Process]:
        """So many listeners, each where its log says that it is."""
        assert wait_for(lambda: len(self._listener_ports()) == count, PATIENCE), self._log.read_text()
        return [Process(port, self._own_log, self._popen) for port in self._listener_ports()]

    def wait_ready(self, process: Process) -> None:
        """Fails, with what all wrote, if the manager ends or the process does not become ready."""
        wait_for(lambda: process.is_ready() or self._popen.poll() is not None, PATIENCE)
        assert process.is_ready(), self._log.read_text()

    def stop(self) -> None:
        """Send SIGTERM; fails if anything is left, or did not hear it."""
        children = psutil.Process(self._popen.pid).children(recursive=True)
        assert len(children) >= 3, self._log.read_text()  # gunicorn's master and worker, a listener
        self._popen.send_signal(signal.SIGTERM)
        self._popen.wait(PATIENCE)
        _, left = psutil.wait_procs(children, PATIENCE)
        said = self._log.read_text()
        assert not left, said
        assert '"message": "stopped"' in said
        assert "Handling signal: term" in said

    def _listener_ports(self) -> set[int]:
        told = re.findall(r'\{.*"health and metrics".*\}', self._log.read_text())
        return {json.loads(line)["port"] for line in told}


@contextmanager
def managed(words: str, database_url: str, redis_url: str, folder: Path) -> Iterator[Manager]:
    """`words` in the project's folder, with no variables set but those that must be, and short times."""
    port = free_port()
    environment = {
        "PATH": PATH,
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "JWT_SECRET_KEY": "k" * 32,
        "PAYMENT_PROVIDER": "sandbox",
        "PORT": str(port),
        "LISTENER_PORT": str(free_port()),
        "ORDER_TIMEOUT": "1",
        "SWEEP_INTERVAL": "0.5",
        "PYTHONUNBUFFERED": "1",
    }
    log = folder / "manager.log"
    with log.open("wb") as output:
        popen = subprocess.Popen(shlex.split(words), cwd=config.ROOT, env=environment, stdout=output, stderr=output)
    try:
        yield Manager(popen, log, port)
    finally:
        if popen.poll() is None:
            popen.terminate()
            popen.wait(PATIENCE)


@pytest.mark.processes
@pytest.mark.parametrize(
    ("words", "webs", "listeners"),
    [
        ("honcho start", 1, 1),
        ("foreman start", 1, 1),
        ("honcho start -c web=2,listener=3", 2, 3),
        ("foreman start -m web=2,listener=3", 2, 3),
    ],
)
def test_it_brings_everything_up_on_a_fresh_database(
    words, webs, listeners, empty_database, redis_url, redis, tmp_path
):
    program = shlex.split(words)[0]
    if not shutil.which(program, path=PATH):
        pytest.skip(f"no {program} on this machine: apt install ruby-foreman")
    with managed(words, empty_database, redis_url, tmp_path) as manager:
        processes = [*(manager.web(number) for number in range(webs)), *manager.listeners(listeners)]
        for process in processes:
            manager.wait_ready(process)
        sessions = open_sessions(empty_database)
        with sessions.begin() as session:
            school.load(session, school.read(SCHOOL.read_bytes()))
        sessions.kw["bind"].dispose()
        for number, course_id in zip(range(webs), (2, 3), strict=False):
            let_an_order_time_out(manager.web(number), course_id=course_id)
        manager.stop()


def test_platforms_with_a_release_phase_find_it():
    """Heroku and Dokku read a Procfile's line `release`, which other managers take for a process that must not end."""
    processes = (config.ROOT / "Procfile").read_text()
    assert (config.ROOT / "deploy/Procfile").read_text() == f"release: {RELEASE}\n{processes}"
    assert json.loads((config.ROOT / "app.json").read_text())["scripts"]["dokku"]["predeploy"] == RELEASE
    assert [line.partition(":")[0] for line in processes.splitlines()] == ["web", "listener"]
