"""The embedded servers, for real: shared, stopped by the last, found again after a crash."""

import os
import signal
import subprocess
import sys
from contextlib import closing, contextmanager
from pathlib import Path

import psutil
import psycopg2
import pytest
import redis

import config
from embedded import attach, postgres, release, valkey
from embedded.postgres import Postgres
from embedded.process import wait_for
from embedded.valkey import ONCE, Valkey

USER = """
import sys
from pathlib import Path
from embedded import attach
stores = attach(Path(sys.argv[1]), postgres=True, valkey=True)
print(stores.database_url, stores.redis_url, flush=True)
sys.stdin.read()
"""


class Attached(subprocess.Popen[str]):
    """A process that has attached, and where to."""

    urls: list[str]


@contextmanager
def attached(data_dir: Path):
    """Another process that attaches and stays until its standard input ends."""
    process = Attached(
        [sys.executable, "-c", USER, str(data_dir)],
        cwd=config.ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    assert process.stdout
    with process:
        try:
            process.urls = process.stdout.readline().split()
            yield process
        finally:
            if process.poll() is None:
                process.stdin.close()
                process.wait(30)


def leave(process):
    """Let `process` end in good order."""
    process.stdin.close()
    assert process.wait(30) == 0


def servers_of(folder: Path) -> list[psutil.Process]:
    """Every living process whose command line names `folder`, except those that wait in USER."""
    found = []
    for process in psutil.process_iter():
        try:
            line = process.cmdline()
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
        if any(str(folder) in word for word in line) and USER not in line:
            found.append(process)
    return found


def rows(url: str, statement: str) -> list[tuple]:
    with closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def test_processes_share_the_servers_and_the_last_one_out_stops_them(tmp_path):
    with attached(tmp_path) as first, attached(tmp_path) as second:
        assert first.urls == second.urls
        database_url, _ = first.urls
        leave(first)
        assert rows(database_url, "select 1") == [(1,)]
        leave(second)

    assert not Postgres(tmp_path).running()
    assert not Valkey(tmp_path).running()
    assert servers_of(tmp_path) == []


def test_many_that_come_at_once_get_the_same_servers(tmp_path):
    started = [
        subprocess.Popen(
            [sys.executable, "-c", USER, str(tmp_path)],
            cwd=config.ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(5)
    ]
    urls = {process.stdout.readline() for process in started}
    for process in started:
        process.communicate("")

    assert len(urls) == 1
    assert servers_of(tmp_path) == []


def test_a_killed_process_does_not_keep_the_servers_alive(tmp_path):
    with attached(tmp_path) as killed, attached(tmp_path) as other:
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        assert rows(other.urls[0], "select 1") == [(1,)]
        leave(other)

    assert servers_of(tmp_path) == []


def test_ctrl_c_in_the_terminal_does_not_reach_the_servers(tmp_path):
    with attached(tmp_path) as process:
        sessions = {os.getsid(server(tmp_path).pid) for server in (Postgres, Valkey)}

        assert os.getsid(process.pid) not in sessions


def test_data_survives_a_restart(tmp_path):
    with attached(tmp_path) as process:
        database_url, redis_url = process.urls
        rows(database_url, "create table kept as select 42 as answer")
        with redis.Redis.from_url(redis_url) as client:
            client.set("kept", "42")
    assert servers_of(tmp_path) == []

    with attached(tmp_path) as process:
        database_url, redis_url = process.urls
        assert rows(database_url, "select answer from kept") == [(42,)]
        with redis.Redis.from_url(redis_url) as client:
            assert client.get("kept") == b"42"


def test_a_killed_server_comes_back_with_its_data_for_the_next_who_attaches(tmp_path):
    with attached(tmp_path) as first:
        rows(first.urls[0], "create table kept as select 42 as answer")
        for server in (Postgres(tmp_path), Valkey(tmp_path)):
            os.kill(server.pid, signal.SIGKILL)
            wait_for(lambda server=server: not server.running(), 10)

        with attached(tmp_path) as second:
            assert rows(second.urls[0], "select answer from kept") == [(42,)]
            with redis.Redis.from_url(second.urls[1]) as client:
                assert client.ping()

    assert servers_of(tmp_path) == []


def test_only_what_is_asked_for_is_started(tmp_path):
    try:
        stores = attach(tmp_path, postgres=False, valkey=True)
        assert stores.database_url == ""
        assert not (tmp_path / "postgres").exists()
    finally:
        release(tmp_path)
    assert servers_of(tmp_path) == []


def test_the_role_is_no_superuser_and_owns_its_database(tmp_path):
    with postgres.running(tmp_path, {"fsync": "off", "track_commit_timestamp": "on"}) as server:
        [row] = rows(
            server.url,
            "select rolname, rolsuper, rolcreatedb, pg_get_userbyid(datdba), current_setting('TimeZone'),"
            " current_setting('track_commit_timestamp')"
            " from pg_roles, pg_database where rolname = current_user and datname = current_database()",
        )
        wrong = server.url.replace("lapse:", "lapse:x", 1)
        with pytest.raises(psycopg2.OperationalError, match="authentication failed"):
            psycopg2.connect(wrong)

    assert row == ("lapse", False, False, "lapse", "UTC", "on")


def test_without_the_password_valkey_serves_nobody(tmp_path):
    with valkey.running(tmp_path, args=("--hz", "100")) as server:
        with (
            redis.Redis(port=server.port, retry=ONCE) as stranger,
            pytest.raises(redis.AuthenticationError),
        ):
            stranger.ping()
        with redis.Redis.from_url(server.url, decode_responses=True) as client:
            assert client.config_get("hz") == {"hz": "100"}
            assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


@pytest.mark.parametrize("running", [postgres.running, valkey.running], ids=["postgres", "valkey"])
def test_a_crashed_server_starts_again_on_its_port(running, tmp_path):
    with running(tmp_path) as server:
        url = server.url
        server.kill()
        assert not server.running()
        server.start(server.port)
        server.restart()
        assert server.url == url


def test_passwords_are_their_owners_alone(tmp_path):
    with attached(tmp_path) as process:
        secrets = [url.split("@")[0].rpartition(":")[2] for url in process.urls]
        telling = [path for path in tmp_path.iterdir() if path.is_file() and holds(path, secrets)]
        lines = [word for server in servers_of(tmp_path) for word in server.cmdline()]

    assert telling
    assert all(path.stat().st_mode & 0o077 == 0 for path in telling)
    assert not any(secret in word for secret in secrets for word in lines)


def holds(path: Path, words: list[str]) -> bool:
    return any(word in path.read_text() for word in words)
