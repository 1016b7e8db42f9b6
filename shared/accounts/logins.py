"""Logins: begun, refreshed, seen, ended. A login that is not in the table is over."""

from datetime import timedelta
from uuid import uuid4

from sqlalchemy import ColumnElement, delete, func, insert, select, update
from sqlalchemy.orm import Session

from shared.accounts import audit
from shared.accounts.audit import Action, Actor, Fact
from shared.models import Login, User

GRACE = timedelta(seconds=10)
"""How long a used refresh token is taken once more: two tabs may refresh at the same time."""

SEEN_EVERY = timedelta(minutes=5)
"""How exact `last_seen_at` is."""

FORGOTTEN_AT_ONCE = 100
"""Logins whose time is over that a new one sweeps away; it waits for none that another has locked."""


class NotAllowed(Exception):
    """The user was disabled, or their password changed, since it was checked."""


def begin(
    session: Session,
    user: User,
    lifetime: timedelta,
    *,
    address: str = "",
    user_agent: str = "",
    in_admin: bool = False,
) -> str:
    """Log the user in whose password was just checked; returns the id of the session. Raises NotAllowed."""
    over = select(Login.id).where(Login.expires_at < func.now()).limit(FORGOTTEN_AT_ONCE)
    session.execute(delete(Login).where(Login.id.in_(over.with_for_update(skip_locked=True))))
    # Locked, so that who changes the password or disables the user meanwhile finds this login, or is found here.
    as_checked = (User.id == user.id, User.password_hash == user.password_hash, ~User.is_disabled)
    if session.scalar(select(User.id).where(*as_checked).with_for_update(read=True)) is None:
        raise NotAllowed
    login = {
        "session_id": str(uuid4()),
        "user_id": user.id,
        "in_admin": in_admin,
        "address": address[:45],
        "user_agent": user_agent[:255],
    }
    session.execute(insert(Login).values(**login, expires_at=func.now() + lifetime))
    themselves = Actor(user.username, user.id, address)
    audit.record(session, Action.LOGGED_IN, Fact("user", user.id, after={"in_admin": in_admin}), by=themselves)
    return str(login["session_id"])


def lives(session_id: str) -> tuple[ColumnElement[bool], ...]:
    """The conditions on a Login and its User under which the session may act."""
    return Login.session_id == session_id, Login.expires_at > func.now(), ~User.is_disabled


def refresh(session: Session, session_id: str, generation: int, lifetime: timedelta) -> int | None:
    """Use up the refresh token of that generation; returns the one that follows.

    None when it was used more than GRACE ago, which ends the login: of the two who have it, one has stolen it.
    """
    mine = Login.session_id == session_id
    used = (
        update(Login)
        .where(mine, Login.generation == generation)
        .values(generation=generation + 1, refreshed_at=func.now(), expires_at=func.now() + lifetime)
        .returning(Login.generation)
    )
    following = session.scalar(used)
    if following is not None:
        return following
    by_another_tab = (mine, Login.generation == generation + 1, Login.refreshed_at > func.now() - GRACE)
    newest = session.scalar(select(Login.generation).where(*by_another_tab))
    if newest is None:
        _end_stolen(session, mine)
    return newest


def seen(session: Session, session_id: str) -> None:
    """Note that the login is in use."""
    session.execute(update(Login).where(Login.session_id == session_id).values(last_seen_at=func.now()))


def end(session: Session, user_id: int, *which: ColumnElement[bool]) -> bool:
    """End the user's logins, or which of them; False when there was none."""
    ended = delete(Login).where(Login.user_id == user_id, *which).returning(Login.id)
    count = len(session.scalars(ended).all())
    if count:
        audit.record(session, Action.SESSIONS_ENDED, Fact("user", user_id, after={"count": count}))
    return bool(count)


def _end_stolen(session: Session, which: ColumnElement[bool]) -> None:
    ended = delete(Login).where(which).returning(Login.user_id)
    stolen = [Fact("user", user_id) for user_id in session.scalars(ended)]
    audit.record(session, Action.REFRESH_TOKEN_REUSED, *stolen)
