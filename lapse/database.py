"""Sessions on PostgreSQL for processes without Flask."""

from typing import Any

from sqlalchemy import URL, create_engine, make_url
from sqlalchemy.orm import Session, sessionmaker

CONNECT_TIMEOUT = 3  # seconds
# A process that was stopped, or whose network is gone, in the middle of a transaction has orders and users locked.
LONGEST_IDLE = 3  # seconds until PostgreSQL ends such a transaction, so that their timeouts stay within the bound

PSYCOPG_3 = "postgresql+psycopg"
CONNECT_ARGS = {
    "connect_timeout": CONNECT_TIMEOUT,
    "options": f"-c timezone=UTC -c idle_in_transaction_session_timeout={LONGEST_IDLE * 1000}",
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 2,
    "tcp_user_timeout": 4000,  # milliseconds
}
ENGINE_OPTIONS: dict[str, Any] = {"pool_pre_ping": True, "pool_timeout": 3, "connect_args": CONNECT_ARGS}


def engine_url(database_url: str) -> URL:
    """The URL with its driver named: psycopg2, unless it asks for psycopg 3 itself."""
    url = make_url(database_url)
    return url if url.drivername == PSYCOPG_3 else url.set(drivername="postgresql+psycopg2")


def open_sessions(database_url: str, pool_size: int = 5) -> sessionmaker[Session]:
    """Return a maker of sessions; nothing is connected before the first query."""
    url = engine_url(database_url)
    options = ENGINE_OPTIONS | {"pool_size": pool_size, "max_overflow": 0}
    if url.drivername == PSYCOPG_3:  # PgBouncer in transaction mode has no place for statements that it prepares
        options["connect_args"] = {**CONNECT_ARGS, "prepare_threshold": None}
    return sessionmaker(create_engine(url, **options))
