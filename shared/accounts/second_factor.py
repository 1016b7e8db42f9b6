"""One-time codes (TOTP, RFC 6238) as a second factor of those who set it up."""

from datetime import UTC, datetime

import pyotp
from pyotp.utils import strings_equal
from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from shared.accounts import audit
from shared.accounts.audit import Action, Fact
from shared.models import SecondFactor

ISSUER = "Lapse"
STEPS = (0, -1, 1)
"""The half minutes whose codes are taken, counted from now: clocks differ."""


def is_set_up(session: Session, user_id: int) -> bool:
    """Whether the user has a second factor."""
    return _secret(session, user_id, confirmed=True) is not None


def passes(session: Session, user_id: int, code: str | None) -> bool:
    """Whether the code, which is then used up, is the user's; true for those without a second factor."""
    secret = _secret(session, user_id, confirmed=True)
    return secret is None or _use_up(session, user_id, secret, code or "")


def draft(session: Session, user_id: int) -> str | None:
    """The secret to set up, the same until it is confirmed; None when that has been done."""
    session.execute(insert(SecondFactor).values(user_id=user_id, secret=pyotp.random_base32()).on_conflict_do_nothing())
    return _secret(session, user_id, confirmed=False)


def confirm(session: Session, user_id: int, code: str) -> bool:
    """Let the drafted second factor count from now on; False when the code is not its own."""
    secret = draft(session, user_id)
    if secret is None or not _use_up(session, user_id, secret, code):
        return False
    session.execute(update(SecondFactor).where(SecondFactor.user_id == user_id).values(confirmed_at=func.now()))
    audit.record(session, Action.SECOND_FACTOR_SET_UP, Fact("user", user_id))
    return True


def remove(session: Session, user_id: int) -> None:
    """Take the user's second factor away."""
    removed = delete(SecondFactor).where(SecondFactor.user_id == user_id).returning(SecondFactor.user_id)
    audit.record(session, Action.SECOND_FACTOR_REMOVED, *(Fact("user", id) for id in session.scalars(removed).all()))


def uri(secret: str, username: str) -> str:
    """What an app for codes reads."""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=ISSUER)


def _secret(session: Session, user_id: int, *, confirmed: bool) -> str | None:
    found = select(SecondFactor.secret).where(
        SecondFactor.user_id == user_id, SecondFactor.confirmed_at.is_not(None) == confirmed
    )
    return session.scalar(found)


def _use_up(session: Session, user_id: int, secret: str, code: str) -> bool:
    """Whether the code is that of a step near now, after the last from which one was taken."""
    totp = pyotp.TOTP(secret)
    now = totp.timecode(datetime.now(UTC))
    step = next((now + each for each in STEPS if strings_equal(totp.generate_otp(now + each), code)), None)
    if step is None:
        return False
    unused = (SecondFactor.user_id == user_id, SecondFactor.secret == secret, SecondFactor.last_step < step)
    used = update(SecondFactor).where(*unused).values(last_step=step).returning(SecondFactor.user_id)
    return session.scalar(used) is not None
