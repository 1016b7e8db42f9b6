"""What changes how a user may log in: a new password, being disabled. Each ends the logins it should."""

from sqlalchemy import update
from sqlalchemy.orm import Session

from shared.accounts import audit, logins
from shared.accounts.audit import Action, Fact
from shared.models import Login, User


def change_password(session: Session, user_id: int, password_hash: str, *, keep: str = "") -> None:
    """Set the password and end every login but that of the session `keep`."""
    session.execute(update(User).where(User.id == user_id).values(password_hash=password_hash))
    audit.record(session, Action.PASSWORD_CHANGED, Fact("user", user_id))
    logins.end(session, user_id, Login.session_id != keep)


def disable(session: Session, user_id: int) -> None:
    """Let the user log in no more, and end their logins."""
    session.execute(update(User).where(User.id == user_id).values(is_disabled=True))
    audit.record(session, Action.USER_DISABLED, Fact("user", user_id))
    logins.end(session, user_id)


def enable(session: Session, user_id: int) -> None:
    """Let the user log in again."""
    session.execute(update(User).where(User.id == user_id).values(is_disabled=False))
    audit.record(session, Action.USER_ENABLED, Fact("user", user_id))
