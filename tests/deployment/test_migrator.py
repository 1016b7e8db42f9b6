"""The web process that starts brings the schema up to date, or says why it cannot."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask_migrate import upgrade
from sqlalchemy import make_url, text

import config
import embedded.postgres
from embedded.process import free_port
from tests import processes
from tests.conftest import administrate, close
from tests.engine.conftest import eventually
from webapp import create_app
from webapp.database import db


@pytest.fixture
def stranger(postgres) -> Iterator[str]:
    """A role that may not make tables; to be asked for before the databases in which it is granted something."""
    administrate(postgres, "CREATE ROLE stranger LOGIN PASSWORD 'stranger'")
    yield "stranger"
    administrate(postgres, "DROP ROLE stranger")


@pytest.mark.processes
def test_with_postgresql_away_it_starts_and_migrates_when_it_is_back(settings, redis, tmp_path):
    with embedded.postgres.running(tmp_path / "postgres", {"fsync": "off"}) as server:
        port, url = server.port, server.url
        server.stop()
        with processes.web(replace(settings, database_url=url), tmp_path, ready=False) as web:
            eventually(lambda: web.get("/readyz").status == 503)
            assert "PostgreSQL does not answer" in web.get("/readyz").text
            assert web.get("/courses/").status == 503
            eventually(lambda: "the migrations wait for PostgreSQL" in web.log.read_text())
            server.start(port)
            eventually(web.is_ready)
            assert web.get("/courses/").status == 200
            assert web.log.read_text().count("the schema is up to date") == 1


@pytest.mark.processes
def test_a_role_that_may_not_says_so_and_serves_when_somebody_else_did(stranger, settings, empty_database, tmp_path):
    url = make_url(empty_database).set(username=stranger, password=stranger)
    theirs = replace(settings, database_url=url.render_as_string(hide_password=False))
    owner = create_app(replace(settings, database_url=empty_database))
    with processes.web(theirs, tmp_path, ready=False) as web:
        eventually(lambda: "not migrated" in web.get("/readyz").text)
        assert web.get("/courses/").status == 503
        said = web.log.read_text()
        assert said.count("the migrations cannot be run from here: permission denied for schema public") == 1
        with owner.app_context():
            upgrade()
            with db.engine.begin() as connection:
                for what in ("TABLES", "SEQUENCES"):
                    connection.exec_driver_sql(f"GRANT ALL ON ALL {what} IN SCHEMA public TO {stranger}")
        eventually(web.is_ready)
        assert web.get("/courses/").status == 200
    with processes.web(theirs, tmp_path) as web:  # and starts without a word when there is nothing to do
        assert "migrations" not in web.log.read_text()
    close(owner)


@pytest.mark.processes
def test_a_schema_of_a_later_version_is_left_alone(settings, sessions, tmp_path):
    with sessions.begin() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with processes.web(settings, tmp_path, ready=False) as web:
        eventually(lambda: "not migrated" in web.get("/readyz").text)
        assert web.log.read_text().count("the migrations cannot be run from here") == 1


@pytest.mark.processes
def test_it_does_not_outlive_a_parent_that_died_before_it_looked():
    environment = {
        "DATABASE_URL": f"postgresql://nobody@127.0.0.1:{free_port()}/nowhere",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "JWT_SECRET_KEY": "k" * 32,
        "PAYMENT_PROVIDER": "sandbox",
    }
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    command = [sys.executable, "-m", "webapp.migrator", str(dead.pid)]
    assert (
        subprocess.run(command, cwd=config.ROOT, env=os.environ | environment, timeout=processes.PATIENCE).returncode
        == 0
    )
