"""Sessions on PostgreSQL for processes without Flask."""

from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.orm import Session, sessionmaker

from lapse import database_url as urls
from lapse.failover import Failover

CONNECT_TIMEOUT = 3  # seconds, for each host
# A process that was stopped, or whose network is gone, in the middle of a transaction has orders and users locked.
LONGEST_IDLE = 3  # seconds until PostgreSQL ends such a transaction, so that their timeouts stay within the bound

ENGINE_OPTIONS: dict[str, Any] = {"pool_pre_ping": True, "pool_timeout": 3}

_UNLESS_THE_URL_SAYS_OTHERWISE = {
    "connect_timeout": str(CONNECT_TIMEOUT),
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "2",
    "tcp_user_timeout": "4000",  # milliseconds
}
# For a transaction and not for a session: PgBouncer in transaction mode gives each one another session, and refuses
# to be told at the start; see docs/decisions/0007-pgbouncer.md.
_AT_BEGIN = f"SET LOCAL timezone = 'UTC'; SET LOCAL idle_in_transaction_session_timeout = {LONGEST_IDLE * 1000}"


def engine_url(database_url: str) -> URL:
    """The URL as SQLAlchemy takes it, with our time-outs. Raises ValueError."""
    return urls.parse(database_url, _UNLESS_THE_URL_SAYS_OTHERWISE)


def prepare(engine: Engine) -> None:
    """Let every transaction be in UTC and not idle for long, and the hosts stand in for each other."""
    event.listen(engine, "begin", _begin)
    if engine.url.drivername != urls.PSYCOPG_3 and "," in str(engine.url.query.get("host", "")):
        event.listen(engine, "do_connect", Failover().connect)


def open_sessions(database_url: str, pool_size: int = 5) -> sessionmaker[Session]:
    """Return a maker of sessions; nothing is connected before the first query."""
    url = engine_url(database_url)
    options = ENGINE_OPTIONS | {"pool_size": pool_size, "max_overflow": 0}
    if url.drivername == urls.PSYCOPG_3:  # PgBouncer in transaction mode has no place for statements that it prepares
        options["connect_args"] = {"prepare_threshold": None}
    engine = create_engine(url, **options)
    prepare(engine)
    return sessionmaker(engine)


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(_AT_BEGIN)
