"""Who of the staff is logged in, asked of PostgreSQL at every request."""

from datetime import timedelta

import flask
from flask import g
from sqlalchemy import select

from shared.accounts import logins, second_factor
from shared.models import Login, User
from webapp import auth
from webapp.current import session, settings
from webapp.passwords import matches
from webapp.tokens import SESSION_ID

LIFETIME = timedelta(hours=12)
"""How long a login lasts at most, however much it is used."""


def current() -> User | None:
    """The member of the staff who sent this request; None for anybody else, or whose login has ended."""
    if "staff" not in g:
        g.staff = _of_cookie()
    found: User | None = g.staff
    return found


def current_id() -> int:
    """The id of the member of the staff; `guard` let nobody else in."""
    found = current()
    assert found is not None  # noqa: S101 - for the type checker; `guard` lets nobody else in
    return found.id


def lacks_second_factor() -> bool:
    """Whether they must set up a second factor before anything else."""
    return settings().staff_second_factor and not second_factor.is_set_up(session(), current_id())


def log_in(username: str, password: str, code: str) -> bool:
    """Begin a new session for a member of the staff; False for anybody else, after the same time."""
    user = session().scalar(select(User).where(User.username == username))
    is_right = matches(user.password_hash if user else None, password)
    if not is_right or user is None or not user.is_staff or not second_factor.passes(session(), user.id, code):
        return False
    try:
        user_id, session_id = user.id, auth.begin(user, LIFETIME, in_admin=True)
    except logins.NotAllowed:
        return False
    flask.session.clear()  # nothing that was there before the login, such as its CSRF secret, is there after it
    flask.session.permanent = True
    flask.session["user"] = user_id
    flask.session["sid"] = session_id
    return True


def log_out() -> None:
    """End the session, for copies of its cookie as well."""
    logins.end(session(), current_id(), Login.session_id == session_id())
    session().commit()
    flask.session.clear()


def session_id() -> str:
    """The login that sent this request."""
    return str(flask.session["sid"])


def _of_cookie() -> User | None:
    user_id, mine = flask.session.get("user"), str(flask.session.get("sid"))
    if not isinstance(user_id, int) or not SESSION_ID.fullmatch(mine):
        return None
    user = auth.living_user(user_id, mine, in_admin=True)
    return user if user is not None and user.is_staff else None
