"""What `make run` runs: the embedded servers and every process of the Procfile, in the foreground."""

import multiprocessing
import os
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import FrameType

from honcho.environ import parse_procfile
from honcho.manager import Manager
from honcho.printer import Message

import config
from embedded.process import answers_ok

FLASK = ("flask", "--app", "wsgi")


def main() -> None:
    """Run until Ctrl-C or SIGTERM; then nothing that was started here runs any more."""
    for number in (signal.SIGINT, signal.SIGTERM):  # until honcho takes them over
        signal.signal(number, _leave)
    signal.signal(signal.SIGHUP, _hang_up)
    os.chdir(config.ROOT)
    written = config.read_or_exit()
    refuse_taken_ports({"PORT": written.port, "LISTENER_PORT": written.listener_port})
    settings = config.from_environment()
    environment = child_environment()
    stores = {
        "PostgreSQL:": settings.database_url if not written.database_url else "",
        "Redis:": f"redis-cli -u {settings.redis_url}" if not written.redis_url else "",
    }
    processes = parse_procfile(Path("Procfile").read_text()).processes

    run_once([*FLASK, "db", "upgrade"], environment)
    demo = "" if written.database_url else run_once([*FLASK, "demo-data"], environment)
    web, listener = (f"http://127.0.0.1:{port}" for port in (settings.port, settings.listener_port))
    lines = [
        f"{'Lapse is ready:':<17} {web}/",
        f"{'API, to try out:':<17} {web}/docs",
        f"{'Listener:':<17} {listener}/readyz and {listener}/metrics",
        *(f"{label:<17} {where}" for label, where in stores.items() if where),
        f"An unpaid order times out after {settings.order_timeout} s. Ctrl-C stops everything.",
        *demo.splitlines(),
    ]
    sys.exit(run_all(list(processes), environment, (settings.port, settings.listener_port), lines))


def refuse_taken_ports(ports: Mapping[str, int]) -> None:
    """Raise SystemExit with one line if something listens on one of `ports` already."""
    for variable, port in ports.items():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as error:
                raise SystemExit(f"{variable}: cannot listen on port {port}: {error.strerror}") from None
    if len(set(ports.values())) < len(ports):
        raise SystemExit(f"{' and '.join(ports)}: must differ")


def child_environment() -> dict[str, str]:
    """This process's environment, with the commands of its virtual environment first."""
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)))
    return {**os.environ, "PATH": path, "PYTHONUNBUFFERED": "1"}


def run_once(command: list[str], environment: Mapping[str, str]) -> str:
    """Run `command` and return what it printed; SystemExit if it fails, its errors having been shown."""
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise SystemExit(f"{done.stdout}{shlex.join(command)} failed with code {done.returncode}")
    return done.stdout


class Runner(Manager):
    """honcho's manager, which cannot end processes of which it has not yet heard that they run."""

    def terminate(self) -> None:
        """End all processes, as soon as all have started."""
        if self._all_started():
            super().terminate()
        else:
            threading.Timer(0.1, self.terminate).start()


def run_all(
    processes: Sequence[str], environment: Mapping[str, str], ports: Sequence[int], welcome: Sequence[str]
) -> int:
    """Run `processes` until one gives up or a signal comes; returns an exit code, 0 after a signal.

    Prints `welcome` when the servers on `ports` are ready.
    """
    multiprocessing.set_start_method("fork")  # what honcho is written for
    runner = Runner()
    for name in processes:
        respawned = shlex.join([sys.executable, "-m", "embedded.respawn", name])
        runner.add_process(name, f"exec {respawned}", env=dict(environment))
    threading.Thread(target=announce, args=(runner, ports, welcome), daemon=True).start()
    runner.loop()
    return 0 if runner.returncode in (128 + signal.SIGINT, 128 + signal.SIGTERM) else runner.returncode


def announce(runner: Runner, ports: Sequence[int], welcome: Sequence[str]) -> None:
    """Print `welcome` as soon as all of `ports` are ready."""
    while not all(answers_ok(port, "/readyz") for port in ports):
        time.sleep(0.2)
    for line in ("", *welcome, ""):
        runner.events.put(Message("line", f"{line}\n", datetime.now(), "lapse", None))


def _leave(number: int, frame: FrameType | None) -> None:
    """Leave at the first signal; later ones do not keep the servers from being stopped."""
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)
    raise SystemExit(0)


def _hang_up(number: int, frame: FrameType | None) -> None:
    """The terminal was closed: honcho's processes have sessions of their own and would stay."""
    signal.raise_signal(signal.SIGTERM)


if __name__ == "__main__":
    main()
