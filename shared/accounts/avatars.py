"""A user's picture of themselves: one of ours, named, or one of their own, by its path."""

from sqlalchemy.orm import Session

from shared import pictures
from shared.models import User


def wear(session: Session, user: User, avatar: str) -> None:
    """Make that the user's avatar; a picture that nobody shows any more goes."""
    before, user.avatar = user.avatar, avatar
    session.flush()
    if before != avatar:
        pictures.discard(session, before)
