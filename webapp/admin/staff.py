"""Who of the staff is logged in, asked of PostgreSQL at every request."""

from uuid import uuid4

import flask
from flask import g
from sqlalchemy import exists, select

from shared.models import RevokedSession, User
from webapp import auth
from webapp.current import session
from webapp.passwords import matches


def current() -> User | None:
    """The member of the staff who sent this request; None for anybody else, or whose login has ended."""
    if "staff" not in g:
        g.staff = _of_cookie()
    found: User | None = g.staff
    return found


def current_id() -> int:
    """The id of the member of the staff; `guard` let nobody else in."""
    found = current()
    assert found is not None
    return found.id


def log_in(username: str, password: str) -> bool:
    """Begin a new session for a member of the staff; False for anybody else, after the same time."""
    user = session().scalar(select(User).where(User.username == username))
    is_right = matches(user.password_hash if user else None, password)
    if not is_right or user is None or not user.is_staff:
        return False
    flask.session.clear()  # nothing that was there before the login, such as its CSRF secret, is there after it
    flask.session.permanent = True
    flask.session["user"] = user.id
    flask.session["sid"] = str(uuid4())
    return True


def log_out() -> None:
    """End the session, for copies of its cookie as well."""
    session_id = flask.session.get("sid")
    flask.session.clear()
    if session_id is not None:
        auth.revoke(session_id)


def _of_cookie() -> User | None:
    user_id, session_id = flask.session.get("user"), flask.session.get("sid")
    if user_id is None or session_id is None:
        return None
    ended = exists().where(RevokedSession.session_id == session_id)
    return session().scalar(select(User).where(User.id == user_id, User.is_staff, ~ended))
