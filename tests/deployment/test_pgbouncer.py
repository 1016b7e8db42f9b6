"""The shop behind a PgBouncer that gives each transaction another session and takes no `options`."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import psycopg2
import pytest
from flask_migrate import upgrade
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from lapse.database import open_sessions
from shared.stores.migrated import is_migrated
from tests import processes
from tests.conftest import administrate, close
from tests.deployment.customer import let_an_order_time_out
from tests.deployment.pgbouncer import PGBOUNCER, pooled
from webapp import create_app

pytestmark = pytest.mark.skipif(PGBOUNCER is None, reason="no pgbouncer on this machine: apt install pgbouncer")


@pytest.fixture
def bouncer_url(database_url, postgres) -> Iterator[str]:
    """This test's database, whose own time zone is not ours."""
    name = database_url.rpartition("/")[2]
    administrate(postgres, f"ALTER DATABASE {name} SET timezone = 'Asia/Shanghai'")
    with pooled(database_url) as url:
        yield url


@pytest.fixture
def behind(bouncer_url, settings):
    """The settings of processes that know the PgBouncer alone."""
    return replace(settings, database_url=bouncer_url)


def test_it_refuses_what_we_must_not_send(bouncer_url):
    """The control: with this, nothing would run here."""
    with pytest.raises(psycopg2.OperationalError, match="unsupported startup parameter"):
        psycopg2.connect(bouncer_url, options="-c timezone=UTC")


@pytest.mark.processes
def test_an_order_is_placed_and_times_out(behind, school_data, tmp_path):
    with (
        processes.web(behind, tmp_path, ORDER_TIMEOUT=1) as web,
        processes.listener(behind, tmp_path, SWEEP_INTERVAL=0.5),
    ):
        let_an_order_time_out(web)


@pytest.mark.parametrize("through", ["database_url", "bouncer_url"])
def test_every_transaction_is_in_utc_and_not_idle_for_long(request, through, bouncer_url):
    sessions = open_sessions(request.getfixturevalue(through))
    for _ in range(2):  # the second one begins on a connection that was used
        with sessions() as session:
            assert session.scalar(text("SHOW timezone")) == "UTC"
            assert session.scalar(text("SHOW idle_in_transaction_session_timeout")) == "3s"
    sessions.kw["bind"].dispose()


@pytest.mark.parametrize("through", ["database_url", "bouncer_url"])
def test_what_we_set_is_not_left_to_the_next_who_gets_the_session(request, through, bouncer_url):
    url = request.getfixturevalue(through)
    with open_sessions(url)() as session:
        session.execute(text("SELECT 1"))
        session.commit()
        raw = session.connection().connection
        raw.rollback()
        with raw.cursor() as cursor:
            cursor.execute("SHOW idle_in_transaction_session_timeout")
            assert cursor.fetchone() == ("0",)
    with closing(psycopg2.connect(url)) as other, other.cursor() as cursor:
        cursor.execute("SHOW timezone")
        assert cursor.fetchone() == ("Asia/Shanghai",)


def test_postgresql_ends_a_transaction_whose_process_was_stopped(bouncer_url, database_url, school_data):
    stopped = open_sessions(bouncer_url)()
    stopped.execute(text("SELECT 1 FROM users WHERE username = 'u1' FOR UPDATE"))
    with open_sessions(database_url)() as other:
        other.execute(text("SET LOCAL lock_timeout = '20s'"))  # a bound against hanging
        other.execute(text("SELECT 1 FROM users WHERE username = 'u1' FOR UPDATE"))
    with pytest.raises(DBAPIError):
        stopped.execute(text("UPDATE users SET credit = 0 WHERE username = 'u1'"))
    stopped.invalidate()


def test_migrations_run_through_it(empty_database, redis_url, behind):
    with pooled(empty_database) as url:
        app = create_app(replace(behind, database_url=url))
        with app.app_context():
            upgrade()
            upgrade()
        sessions = open_sessions(url)
        with sessions() as session:
            assert is_migrated(session)
        sessions.kw["bind"].dispose()
        close(app)
