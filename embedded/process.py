"""A server process that outlives its starter and is found again by a record in its folder."""

import fcntl
import json
import os
import secrets
import signal
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path

ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C"}
START_SECONDS = 60.0
START_TRIES = 5
STOP_SECONDS = 10.0


class ServerFailed(RuntimeError):
    """A server cannot be started; the text is one line."""


class Server:
    """One server on a TCP port of 127.0.0.1, with its files in `folder`.

    `NAME.json` in the folder says where it is, `NAME.log` is what it printed, `NAME/` holds its data.
    The server inherits a lock on `NAME.lock`, which the kernel keeps until its last process is gone:
    no process id and no clock has to be trusted to know whether it runs.
    """

    name: str
    stop_signal = signal.SIGTERM
    kill_signal = signal.SIGKILL

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self.data = self.folder / self.name
        self.log = self.folder / f"{self.name}.log"
        self._record = self.folder / f"{self.name}.json"

    @property
    def url(self) -> str:
        """Where a client connects, password included."""
        raise NotImplementedError

    @property
    def port(self) -> int:
        """The port of the running server, or of the last one. Raises ServerFailed if there was none."""
        return self._recorded()["port"]

    @property
    def pid(self) -> int:
        """The process id of the running server, or of the last one."""
        return self._recorded()["pid"]

    def running(self) -> bool:
        """Whether a process of the server lives."""
        lock = self._try_lock()
        if lock is None:
            return True
        os.close(lock)
        return False

    def find_or_start(self) -> None:
        """Return with a server that answers. The caller excludes others who do the same."""
        if not self._comes_to_answer():
            self.start()

    def start(self, port: int | None = None) -> None:
        """Start the server on `port`, or a free one, and return when it answers. Raises ServerFailed."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for _ in range(START_TRIES):  # another process may take the port first
            self._launch(port or free_port())
            if self._comes_to_answer():
                return
            self._end(signal.SIGKILL)
        raise ServerFailed(f"the embedded {self.name} server does not start: {self._last_words()}")

    def stop(self) -> None:
        """Stop the server in good order, or by force after STOP_SECONDS. Does nothing if none runs."""
        if not self._end(self.stop_signal):
            self._end(signal.SIGKILL)

    def kill(self) -> None:
        """End the server as a crash would, and return when it is gone."""
        self._end(self.kill_signal)

    def restart(self) -> None:
        """Stop the server in good order and start it on the same port."""
        port = self.port
        self.stop()
        self.start(port)

    def prepare(self) -> None:
        """Make what the server needs on disk; it does not run when this is called."""
        raise NotImplementedError

    def command(self, port: int) -> Sequence[str]:
        """The command that runs the server in the foreground."""
        raise NotImplementedError

    def answers(self) -> bool:
        """Whether a client with the password is served."""
        raise NotImplementedError

    def _launch(self, port: int) -> None:
        wait_for(lambda: not self.running(), STOP_SECONDS)  # backends outlive a killed PostgreSQL a little
        lock = self._try_lock()
        if lock is None:
            raise ServerFailed(f"a {self.name} server in {self.folder} neither answers nor ends")
        try:
            self.prepare()
            os.set_inheritable(lock, True)
            self._spawn(port)
        finally:
            os.close(lock)

    def _spawn(self, port: int) -> None:
        if self.log.exists():
            self.log.replace(self.log.with_suffix(".log.old"))
        command = [*self.command(port)]
        pid = os.posix_spawnp(
            command[0],
            command,
            ENVIRONMENT,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, str(self.log), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
                (os.POSIX_SPAWN_DUP2, 1, 2),
            ],
            setsid=True,  # Ctrl-C in the terminal must not reach it
        )
        write_private(self._record, json.dumps({"pid": pid, "port": port}))

    def _comes_to_answer(self) -> bool:
        wait_for(lambda: not self.running() or self.answers(), START_SECONDS)
        return self.running() and self.answers()

    def _end(self, number: signal.Signals) -> bool:
        """Whether the server is gone within STOP_SECONDS of the signal."""
        if self.running():
            with suppress(ProcessLookupError, ServerFailed):
                os.kill(self.pid, number)
        gone = wait_for(lambda: not self.running(), STOP_SECONDS)
        if gone:
            self._reap()
        return gone

    def _reap(self) -> None:
        """Leave no zombie where this process is the one that started the server."""
        with suppress(ServerFailed, ChildProcessError):
            wait_for(lambda: os.waitpid(self.pid, os.WNOHANG)[0] != 0, 1)

    def _try_lock(self) -> int | None:
        """A descriptor that holds the server's lock, or None while the server does."""
        if not self.folder.exists():
            raise ServerFailed(f"no {self.name} server was started in {self.folder}")
        lock = os.open(self.folder / f"{self.name}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            return None
        return lock

    def _last_words(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        wanted = [line for line in lines if "FATAL" in line or "rror" in line] or lines or ["it said nothing"]
        return f"{wanted[-1].strip()} (see {self.log})"

    def _recorded(self) -> dict[str, int]:
        try:
            record: dict[str, int] = json.loads(self._record.read_text())
        except (FileNotFoundError, ValueError):
            raise ServerFailed(f"no {self.name} server was started in {self.folder}") from None
        return record


def password(path: Path) -> str:
    """The password kept in `path`, readable by its owner alone; made on first use."""
    if not path.exists():
        write_private(path, secrets.token_urlsafe(24))
    return path.read_text()


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, all of it or nothing."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    draft.touch(mode=0o600)
    draft.write_text(text)
    draft.replace(path)


def answers_ok(port: int, path: str) -> bool:
    """Whether the HTTP server on that port of 127.0.0.1 answers 200 there, within five seconds."""
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether `condition` came true within `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
