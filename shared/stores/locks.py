"""The lock that comes last: a user's row. docs/engine.md says in which order locks are taken."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.models import User


def lock_user(session: Session, user_id: int) -> None:
    """Hold the user's row until the transaction ends: what they do then happens one after another."""
    session.execute(select(User.id).where(User.id == user_id).with_for_update(key_share=True))
