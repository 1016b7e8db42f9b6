"""The audit log, seen from a test."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from shared.models import AuditEntry


def entries(sessions: sessionmaker[Session], *actions: str, **wanted: Any) -> list[AuditEntry]:
    """The entries of these actions, oldest first."""
    query = select(AuditEntry).where(AuditEntry.action.in_(actions)).filter_by(**wanted).order_by(AuditEntry.id)
    with sessions() as session:
        return list(session.scalars(query))


def last(sessions: sessionmaker[Session], *actions: str) -> AuditEntry:
    """The newest entry of these actions."""
    return entries(sessions, *actions)[-1]
