"""DATABASE_URL with several hosts, the first of which does not take us."""

import socket
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest
from sqlalchemy import make_url, text

import embedded.postgres
from embedded.postgres import Postgres
from embedded.process import free_port
from lapse.database import open_sessions
from tests import processes
from tests.conftest import administrate, close
from tests.deployment.customer import let_an_order_time_out
from tests.shop import shopper
from webapp import create_app, database

PORT = text("SELECT current_setting('port')::int")


def with_first(database_url: str, port: int, parameters: str = "") -> str:
    """The URL with another host before its own."""
    return database_url.replace("@127.0.0.1:", f"@127.0.0.1:{port},127.0.0.1:") + parameters


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that takes connections and never answers."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield server.getsockname()[1]


@pytest.mark.processes
def test_the_shop_goes_on_where_the_first_host_is_gone(settings, school_data, tmp_path):
    url = with_first(settings.database_url, free_port(), "?target_session_attrs=read-write&sslmode=prefer")
    both = replace(settings, database_url=url)
    with (
        processes.web(both, tmp_path, ORDER_TIMEOUT=1) as web,
        processes.listener(both, tmp_path, SWEEP_INTERVAL=0.5),
    ):
        let_an_order_time_out(web)


@pytest.mark.parametrize("parameters", ["", "&connect_timeout=1"])
def test_a_listeners_sessions_pass_over_a_silent_host(database_url, silent_port, parameters):
    url = with_first(database_url, silent_port, f"?target_session_attrs=read-write{parameters}")
    with open_sessions(url)() as session:
        assert session.scalar(text("SELECT 1")) == 1
    session.get_bind().dispose()


def test_a_request_passes_over_a_silent_host(settings, silent_port, monkeypatch, school_data):
    """libpq itself leaves that time-out to who waits by a callback, and would wait for the first host alone."""
    monkeypatch.setattr(database, "CONNECT_TIMEOUT", 0.5)
    u1_app = create_app(settings)
    token = shopper(u1_app, "u1").token
    app = create_app(replace(settings, database_url=with_first(settings.database_url, silent_port)))
    for _ in range(3):
        answer = app.test_client().get("/orders/list/", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 200
    close(u1_app)
    close(app)


@pytest.fixture
def old_primary(database_url, tmp_path) -> Iterator[Postgres]:
    """A server with a database of the same name and role, which takes no writes."""
    url = make_url(database_url)
    with embedded.postgres.running(tmp_path / "old", {"fsync": "off"}) as server:
        administrate(server, f"ALTER ROLE lapse PASSWORD '{url.password}'")
        administrate(server, f"CREATE DATABASE {url.database} OWNER lapse")
        administrate(server, f"ALTER DATABASE {url.database} SET default_transaction_read_only = on")
        yield server


def test_a_server_that_takes_no_writes_is_passed_over(postgres, old_primary, database_url):
    """As a standby is, or a primary that was told to write no more."""
    assert port_of(with_first(database_url, old_primary.port)) == old_primary.port  # the control
    writes = "?target_session_attrs=read-write"
    assert port_of(with_first(database_url, old_primary.port, writes)) == postgres.port


def test_the_next_one_takes_over_when_one_is_gone(old_primary, postgres, database_url):
    sessions = open_sessions(with_first(database_url, old_primary.port))
    with sessions() as session:
        assert session.scalar(PORT) == old_primary.port
    old_primary.stop()
    sessions.kw["bind"].dispose()
    with sessions() as session:
        assert session.scalar(PORT) == postgres.port
    sessions.kw["bind"].dispose()


def port_of(url: str) -> int:
    """Where a session of that URL ends up."""
    sessions = open_sessions(url)
    with sessions() as session:
        port = session.scalar(PORT)
    sessions.kw["bind"].dispose()
    return int(port)
