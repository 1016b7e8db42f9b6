"""The audit log: who did what that matters, from where, and what it changed. docs/audit.md lists the actions.

An entry is written in the transaction of what it tells of. Once that is committed it is also a line of the logger
`audit`. What is written holds no passwords, hashes, tokens or secrets, and each of its texts is short.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import event, insert
from sqlalchemy.orm import Session

from shared.errors import Refused
from shared.models import AuditEntry

LONGEST = 200
"""Characters of a text, and members of a list, that are kept."""

SECRET = frozenset({"password", "password_hash", "secret", "token", "refresh_token", "session_id", "code"})
"""Fields that are never written, whoever hands them over."""

WHO = "audit: who"
"""Where a session's `info` has a function that says who acts in it."""

_UNTOLD = "audit: untold"

log = logging.getLogger("audit")


class Action(StrEnum):
    """What can be told. Words stay as they are, for they are in the table for good."""

    LOGGED_IN = "logged_in"
    LOGIN_REFUSED = "login_refused"
    GUESSES_LIMITED = "guesses_limited"
    STAFF_PAGE_REFUSED = "staff_page_refused"
    NOTICE_REFUSED = "notice_refused"
    OWN_ACCOUNT_REFUSED = "own_account_refused"
    PASSWORD_CHANGED = "password_changed"
    PASSWORD_CHANGE_REFUSED = "password_change_refused"
    SECOND_FACTOR_SET_UP = "second_factor_set_up"
    SECOND_FACTOR_REMOVED = "second_factor_removed"
    SESSIONS_ENDED = "sessions_ended"
    REFRESH_TOKEN_REUSED = "refresh_token_reused"
    USER_DISABLED = "user_disabled"
    USER_ENABLED = "user_enabled"
    STAFF_MADE = "staff_made"
    CREDIT_GRANTED = "credit_granted"
    COUPON_GIVEN = "coupon_given"
    COUPON_TAKEN_AWAY = "coupon_taken_away"
    COUPON_MARKED_EXPIRED = "coupon_marked_expired"
    COUPON_MARK_CLEARED = "coupon_mark_cleared"
    TAKEN_OFF_SALE = "taken_off_sale"
    PUT_ON_SALE = "put_on_sale"
    REVIEW_HIDDEN = "review_hidden"
    REVIEW_SHOWN = "review_shown"
    EXPORTED = "exported"
    CREATED = "created"
    CHANGED = "changed"
    DELETED = "deleted"
    SCHOOL_LOADED = "school_loaded"
    SWEEP_STARTED = "sweep_started"
    ORDER_EXPIRED = "order_expired"
    ORDER_CANCELLED = "order_cancelled"
    ORDER_REFUNDED = "order_refunded"


class OwnAccount(Refused):
    """Staff give themselves nothing."""

    def __init__(self) -> None:
        super().__init__("own_account", "Nobody changes their own credit or coupons; ask a colleague.")


@dataclass(frozen=True)
class Actor:
    """Who acts; without `id` nobody has proved to be `name`."""

    name: str = ""
    id: int | None = None
    address: str = ""


@dataclass(frozen=True)
class Fact:
    """To what it was done, as a kind and an id, and the fields that it changed."""

    kind: str = ""
    id: object = ""
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None


def record(session: Session, action: Action, *facts: Fact, by: Actor | None = None) -> None:
    """Put down that `by`, or else whoever acts in the session, did this to each of them."""
    who = by or actor(session)
    rows = [_row(action, fact, who) for fact in facts]
    if rows:
        session.execute(insert(AuditEntry), rows)
        session.info.setdefault(_UNTOLD, []).extend(rows)


def changes(kind: str, id: object, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Fact]:
    """The fact that these fields differ; none when none does."""
    names = [name for name in before if before[name] != after[name]]
    if not names:
        return []
    return [Fact(kind, id, {name: before[name] for name in names}, {name: after[name] for name in names})]


def actor(session: Session) -> Actor:
    """Who acts in the session; nobody in particular where it was made without saying so."""
    who: Callable[[], Actor] | None = session.info.get(WHO)
    return who() if who else Actor()


def refuse_own(session: Session, user_ids: Iterable[int]) -> None:
    """Raise OwnAccount when whoever acts in the session is one of these users."""
    if actor(session).id in set(user_ids):
        raise OwnAccount


@event.listens_for(Session, "after_commit")
def _tell(session: Session) -> None:
    for row in session.info.pop(_UNTOLD, ()):
        tell(row)


@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    session.info.pop(_UNTOLD, None)


def tell(row: Mapping[str, Any]) -> None:
    """Log an entry."""
    log.info(row["action"], extra={"audit": {name: value for name, value in row.items() if value not in ("", None)}})


def _row(action: Action, fact: Fact, who: Actor) -> dict[str, Any]:
    return {
        "actor_id": who.id,
        "actor": _text(who.name, 150),
        "address": _text(who.address, 45),
        "action": str(action),
        "subject_kind": _text(fact.kind, 20),
        "subject_id": _text(str(fact.id), 150),
        "before": _fields(fact.before),
        "after": _fields(fact.after),
    }


def _fields(fields: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if fields is None:
        return None
    return {name: _short(value) for name, value in fields.items() if name not in SECRET}


def _short(value: Any) -> Any:
    """The value as JSON has it, cut where it is long."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, list):
        return [_short(each) for each in value[:LONGEST]]
    return _text(value, LONGEST) if isinstance(value, str) else value


def _text(text: str, longest: int) -> str:
    """What PostgreSQL can keep of a text that anybody may have sent."""
    kept = text if len(text) <= longest else f"{text[: longest - 1]}…"
    return "".join(each if each.isprintable() or each in "\n\r\t" else "�" for each in kept)
