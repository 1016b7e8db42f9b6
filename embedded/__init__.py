"""PostgreSQL and Valkey for development: started by the first process that attaches, stopped by the last.

Each attached process holds a shared lock on the file `users` while it lives; the kernel lets go of it
however the process ends. Whoever starts or stops a server holds the lock `start`, so that nobody
attaches to a server that is being stopped. Why the wheels' own servers do not do: docs/decisions/0005-libraries.md.
"""

import atexit
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from embedded.postgres import Postgres
from embedded.process import Server, ServerFailed
from embedded.valkey import Valkey

_attached: dict[Path, int] = {}  # data folder: descriptor of its file `users`, locked


@dataclass(frozen=True)
class Stores:
    """Where the embedded servers are; empty for one that was not asked for."""

    database_url: str
    redis_url: str


def attach(data_dir: Path, *, postgres: bool, valkey: bool) -> Stores:
    """Return the servers of `data_dir`, starting those that do not run; they stay until this process ends.

    Raises SystemExit with one line when that cannot be done.
    """
    data_dir = data_dir.absolute()
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        with _start_lock(data_dir):
            _hold(data_dir)
            return Stores(
                database_url=_url(Postgres(data_dir)) if postgres else "",
                redis_url=_url(Valkey(data_dir)) if valkey else "",
            )
    except (ServerFailed, OSError) as error:
        raise SystemExit(f"DATA_DIR: {error}") from None


def release(data_dir: Path) -> None:
    """Let go of the servers of `data_dir`, and stop them if nobody else holds them. Called at exit."""
    data_dir = data_dir.absolute()
    users = _attached.pop(data_dir, None)
    if users is None:
        return
    with _start_lock(data_dir):
        if _is_last(users):
            for server in (Postgres(data_dir), Valkey(data_dir)):
                server.stop()
        os.close(users)


def _url(server: Server) -> str:
    server.find_or_start()
    return server.url


def _hold(data_dir: Path) -> None:
    if data_dir not in _attached:
        users = os.open(data_dir / "users", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(users, fcntl.LOCK_SH)
        _attached[data_dir] = users


def _is_last(users: int) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _start_lock(data_dir: Path) -> Iterator[None]:
    descriptor = os.open(data_dir / "start", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _release_all() -> None:
    for data_dir in tuple(_attached):
        release(data_dir)


def _forget() -> None:
    """In a forked child: what its parent holds is not the child's to release."""
    for users in _attached.values():
        os.close(users)
    _attached.clear()


atexit.register(_release_all)
os.register_at_fork(after_in_child=_forget)
