"""Real servers, once for each test process, and on them a fresh database and an empty Redis for each test."""

from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import psycopg2
import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from redis import Redis
from sqlalchemy import create_engine
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import NullPool

import embedded.postgres
import embedded.valkey
from config import Settings
from lapse.database import engine_url
from lapse.redis_client import connect
from tests.shop import Shopper, shopper
from webapp import create_app, school
from webapp.database import db

SCHOOL = Path(__file__).with_name("data") / "school.json"
DATABASE_NUMBERS = count(1)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory) -> Iterator[embedded.postgres.Postgres]:
    """A PostgreSQL with two templates for the tests' databases: `lapse` is migrated, `school` has data as well."""
    settings = {"fsync": "off", "full_page_writes": "off", "track_commit_timestamp": "on"}
    with embedded.postgres.running(tmp_path_factory.mktemp("postgres"), settings) as server:
        with create_app(settings_for(server.url, "redis://127.0.0.1:1/0")).app_context():
            upgrade()
            db.engine.dispose()
        administrate(server, "CREATE DATABASE school TEMPLATE lapse OWNER lapse")
        engine = create_engine(engine_url(sibling(server.url, "school")), poolclass=NullPool)
        with sessionmaker(engine).begin() as session:
            school.load(session, school.read(SCHOOL.read_bytes()))
        yield server


@pytest.fixture(scope="session")
def valkey(tmp_path_factory) -> Iterator[embedded.valkey.Valkey]:
    """A Valkey."""
    with embedded.valkey.running(tmp_path_factory.mktemp("valkey")) as server:
        yield server


@pytest.fixture
def database_url(postgres, request) -> Iterator[str]:
    """A migrated database, with rows only for a test that uses `school_data`."""
    name = f"test_{next(DATABASE_NUMBERS)}"
    template = "school" if "school_data" in request.fixturenames else "lapse"
    administrate(postgres, f"CREATE DATABASE {name} TEMPLATE {template} OWNER lapse")
    yield sibling(postgres.url, name)
    administrate(postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def empty_database(postgres) -> Iterator[str]:
    """A database without tables."""
    administrate(postgres, "CREATE DATABASE empty OWNER lapse")
    yield sibling(postgres.url, "empty")
    administrate(postgres, "DROP DATABASE empty WITH (FORCE)")


@pytest.fixture
def redis_url(valkey) -> str:
    """Where Redis is; `redis` empties it."""
    return valkey.url


@pytest.fixture
def redis(redis_url) -> Iterator[Redis]:
    """A client of a Redis without keys."""
    with connect(redis_url, timeout=5) as client:
        client.flushall()
        yield client


@pytest.fixture
def settings(database_url, redis_url, redis) -> Settings:
    """The settings of this test's processes."""
    return settings_for(database_url, redis_url)


@pytest.fixture
def sessions(database_url) -> Iterator[sessionmaker[Session]]:
    """Sessions on this test's database, each on a connection of its own."""
    engine = create_engine(engine_url(database_url), poolclass=NullPool)
    yield sessionmaker(engine)
    engine.dispose()


@pytest.fixture
def app(settings) -> Iterator[Flask]:
    """The web app."""
    app = create_app(settings)
    yield app
    close(app)


@pytest.fixture
def client(app) -> FlaskClient:
    """Somebody without a token."""
    return app.test_client()


@pytest.fixture
def school_data(database_url) -> None:
    """The database holds what `tests/data/school.json` says."""


@pytest.fixture
def u1(app, school_data) -> Shopper:
    """A user with 500 credits and the coupons 1 to 5."""
    return shopper(app, "u1")


@pytest.fixture
def u2(app, school_data) -> Shopper:
    """A user with 20 credits and coupon 1 twice."""
    return shopper(app, "u2")


def settings_for(database_url: str, redis_url: str) -> Settings:
    """Settings as a test wants them."""
    return Settings(
        database_url=database_url,
        redis_url=redis_url,
        order_timeout=900,
        sweep_interval=0.2,
        jwt_secret_key="a secret that is long enough for any algorithm at hand",
        port=0,
        listener_port=0,
        data_dir=Path("/nonexistent"),
        cors_origins=(),
        rate_limits=False,
        payment_provider="sandbox",
    )


def sibling(database_url: str, name: str) -> str:
    """The URL of another database of the same server."""
    return f"{database_url.rpartition('/')[0]}/{name}"


def close(app: Flask) -> None:
    """Close what the app has open, so that its database can be dropped."""
    app.extensions["streams"].shut_down()
    with app.app_context():
        db.engine.dispose()
    app.extensions["redis"].close()


def cut_off(app: Flask) -> None:
    """Let the app find no Redis any more."""
    pool = app.extensions["redis"].connection_pool
    pool.disconnect()
    pool.reset()
    pool.connection_kwargs["port"] = 1


def administrate(server: embedded.postgres.Postgres, statement: str) -> None:
    """Run a statement as superuser, outside a transaction."""
    with closing(psycopg2.connect(server.superuser_url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
