"""Sessions on PostgreSQL for processes without Flask."""

from sqlalchemy import URL, create_engine, make_url
from sqlalchemy.orm import Session, sessionmaker

CONNECT_TIMEOUT = 3  # seconds
# A process that was stopped, or whose network is gone, in the middle of a transaction has orders and users locked.
LONGEST_IDLE = 3  # seconds until PostgreSQL ends such a transaction, so that their timeouts stay within the bound

ENGINE_OPTIONS = {
    "pool_pre_ping": True,
    "pool_timeout": 3,
    "connect_args": {
        "connect_timeout": CONNECT_TIMEOUT,
        "options": f"-c timezone=UTC -c idle_in_transaction_session_timeout={LONGEST_IDLE * 1000}",
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 2,
        "tcp_user_timeout": 4000,  # milliseconds
    },
}


def engine_url(database_url: str) -> URL:
    """The URL with its driver named; SQLAlchemy would take another one by default."""
    return make_url(database_url).set(drivername="postgresql+psycopg2")


def open_sessions(database_url: str, pool_size: int = 5) -> sessionmaker[Session]:
    """Return a maker of sessions; nothing is connected before the first query."""
    return sessionmaker(create_engine(engine_url(database_url), pool_size=pool_size, max_overflow=0, **ENGINE_OPTIONS))
