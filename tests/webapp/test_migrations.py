"""The models and the migrations describe one and the same database."""

import subprocess
import sys
from contextlib import closing

import psycopg2
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask_migrate import downgrade, upgrade
from sqlalchemy import create_engine, text

import config
from lapse.database import engine_url
from shared.models import Base
from webapp.database import db

# What autogenerate does not look at, or not closely.
DETAILS = {
    "constraints": "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE connamespace = 'public'::regnamespace",
    "indexes": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "sequences": "SELECT sequencename, min_value, max_value, increment_by, cycle FROM pg_sequences"
    " WHERE schemaname = 'public'",
    "triggers": "SELECT tgrelid::regclass::text, tgname, tgenabled, pg_get_triggerdef(oid) FROM pg_trigger"
    " WHERE NOT tgisinternal",
    "functions": "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
    "columns": "SELECT table_name, column_name, data_type, character_maximum_length, numeric_precision,"
    " numeric_scale, is_nullable, column_default, identity_generation FROM information_schema.columns"
    " WHERE table_schema = 'public'",
}


@pytest.fixture
def made_from_models(empty_database):
    engine = create_engine(engine_url(empty_database))
    Base.metadata.create_all(engine)
    yield engine
    engine.dispose()


def test_nothing_is_left_to_migrate(app):
    with app.app_context(), db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []


@pytest.mark.parametrize("what", DETAILS)
def test_the_details_are_the_same(app, made_from_models, what):
    with app.app_context(), db.engine.connect() as migrated, made_from_models.connect() as made:
        found, wanted = (
            {row for row in connection.execute(text(DETAILS[what])) if "alembic_version" not in str(row)}
            for connection in (migrated, made)
        )
    assert found == wanted


def test_down_and_up_again(app):
    with app.app_context():
        downgrade(revision="base")
        with db.engine.connect() as connection:
            tables = set(connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")))
        assert tables == {"alembic_version"}
        upgrade()
        upgrade()
        db.engine.dispose()


def test_names_that_look_alike_keep_their_users(app, sessions):
    names = ["Alice", "alice", "ＡＬＩＣＥ", "bob", "\ufdfa" * 50]
    with app.app_context():
        downgrade(revision="0001")
        with sessions.begin() as session:
            for name in names:
                session.execute(text("INSERT INTO users (username, password_hash) VALUES (:name, 'x')"), {"name": name})
        upgrade()
        db.engine.dispose()
    with sessions() as session:
        found = session.execute(text("SELECT username, folded_name FROM users ORDER BY id")).all()
    assert found == list(zip(names, ["alice", None, None, "bob", None], strict=True))


def test_releases_that_run_at_once_do_not_disturb_each_other(empty_database, redis_url, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", empty_database)
    monkeypatch.setenv("PAYMENT_PROVIDER", "sandbox")
    monkeypatch.setenv("REDIS_URL", redis_url)
    monkeypatch.setenv("JWT_SECRET_KEY", "not used by a release, but asked for all the same")
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    started = [subprocess.Popen(command, cwd=config.ROOT, **pipes) for _ in range(3)]
    said = [process.communicate()[0] for process in started]
    assert [process.returncode for process in started] == [0, 0, 0], said
    assert said == ["", "", ""]
    with closing(psycopg2.connect(empty_database)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM alembic_version")
        assert cursor.fetchone() == (1,)
