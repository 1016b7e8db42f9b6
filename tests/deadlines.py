"""Letting the time of orders be over: the one way in which a test does so."""

from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

_OVER = text("UPDATE orders SET expires_at = now() - make_interval(secs => :ago) WHERE id = ANY(:ids)")


def let_time_be_over(sessions: sessionmaker[Session], *order_ids: int, ago: float = 0) -> None:
    """Let the deadlines of these orders have been `ago` seconds ago. Nobody is told of it."""
    with sessions.begin() as session:
        session.execute(_OVER, {"ids": list(order_ids), "ago": ago})
