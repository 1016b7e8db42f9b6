"""Debian's PgBouncer in transaction mode, all else as it comes."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2
from sqlalchemy import make_url

from embedded.postgres import NOBODY
from embedded.process import free_port, wait_for
from tests.processes import PATIENCE

PGBOUNCER = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")

CONFIGURATION = """\
[databases]
* = host={host} port={port}
[pgbouncer]
pool_mode = transaction
listen_addr = 127.0.0.1
listen_port = {listen_port}
unix_socket_dir =
auth_type = md5
auth_file = {folder}/userlist.txt
logfile = {folder}/pgbouncer.log
pidfile = {folder}/pgbouncer.pid
"""


@contextmanager
def pooled(database_url: str) -> Iterator[str]:
    """The URL of the same database behind a PgBouncer."""
    server = make_url(database_url)
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="pgbouncer-") as name:
        folder = Path(name)
        (folder / "pgbouncer.ini").write_text(
            CONFIGURATION.format(host=server.host, port=server.port, listen_port=port, folder=folder)
        )
        (folder / "userlist.txt").write_text(f'"{server.username}" "{server.password}"\n')
        user: tuple[str, ...] = ()
        if os.geteuid() == 0:  # as which it does not run
            user = ("--user", "nobody")
            for path in (folder, *folder.iterdir()):
                os.chown(path, NOBODY, NOBODY)
        process = subprocess.Popen([str(PGBOUNCER), "--quiet", *user, str(folder / "pgbouncer.ini")])
        try:
            url = server.set(port=port).render_as_string(hide_password=False)
            assert wait_for(lambda: _answers(url), PATIENCE), (folder / "pgbouncer.log").read_text()
            yield url
        finally:
            process.kill()  # SIGTERM waits for clients in some versions
            process.wait(PATIENCE)


def _answers(url: str) -> bool:
    try:
        psycopg2.connect(url, connect_timeout=2).close()
    except psycopg2.OperationalError:
        return False
    return True
