"""Reading the event log for many streams at once."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from flask import Flask
from sqlalchemy import Row, func, select, text
from sqlalchemy.orm import Session

from shared.coupons.queries import iso
from shared.models import CreditGrant, Login, OrderEvent
from webapp.database import db, start_the_clock

CHUNK = 50
"""Events that one look fetches for one stream; a longer replay takes several."""

_AFTER = text("""
SELECT asked.number, event.id, event.kind, event.status, event.created_at,
       orders.id AS order_id, orders.order_number, orders.credit, orders.coupon, orders.expires_at
FROM unnest(CAST(:user_ids AS bigint[]), CAST(:last_ids AS bigint[]))
     WITH ORDINALITY AS asked (user_id, last_id, number)
CROSS JOIN LATERAL (
    SELECT * FROM order_events
    WHERE order_events.user_id = asked.user_id AND order_events.id > asked.last_id
    ORDER BY order_events.id LIMIT :chunk
) AS event
JOIN orders ON orders.id = event.order_id
ORDER BY asked.number, event.id
""")
_GRANTED = text("""
SELECT asked.number, grants.id, users.credit
FROM unnest(CAST(:user_ids AS bigint[]), CAST(:last_grants AS bigint[]))
     WITH ORDINALITY AS asked (user_id, last_grant, number)
CROSS JOIN LATERAL (
    SELECT max(id) AS id FROM credit_grants
    WHERE credit_grants.user_id = asked.user_id AND credit_grants.id > asked.last_grant
) AS grants
JOIN users ON users.id = asked.user_id
WHERE grants.id IS NOT NULL
""")


@dataclass(frozen=True, slots=True)
class Position:
    """How far a user's stream has come in the events of their orders, and in what staff granted them."""

    user_id: int
    last_id: int
    last_grant: int


@dataclass(frozen=True, slots=True)
class Event:
    """An event as it goes over the wire, and how far the stream has come with it."""

    position: Position
    frame: bytes


class EventLog:
    """The events of all users. Each call has the time of a request and raises DBAPIError when that is not enough."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def after(self, positions: Sequence[Position]) -> list[list[Event]]:
        """The next events of each position: at most CHUNK of orders, then one of the account if credit was granted."""
        found: list[list[Event]] = [[] for _ in positions]
        asked = {
            "user_ids": [position.user_id for position in positions],
            "last_ids": [position.last_id for position in positions],
            "last_grants": [position.last_grant for position in positions],
            "chunk": CHUNK,
        }
        with self._session() as session:
            for row in session.execute(_AFTER, asked):
                at = replace(positions[row.number - 1], last_id=row.id)
                found[row.number - 1].append(Event(at, _frame(row)))
            for row in session.execute(_GRANTED, asked):
                events = found[row.number - 1]
                at = events[-1].position if events else positions[row.number - 1]
                events.append(Event(replace(at, last_grant=row.id), _account_frame(row.credit)))
        return found

    def ended(self, session_ids: Sequence[str]) -> set[str]:
        """Which of these logins are over."""
        living = select(Login.session_id).where(Login.session_id.in_(session_ids))
        with self._session() as session:
            return set(session_ids) - set(session.scalars(living))

    @contextmanager
    def _session(self) -> Iterator[Session]:
        with self._app.app_context():
            start_the_clock()
            yield db.session()


def newest_id(session: Session, user_id: int) -> int:
    """The id of the user's newest event, 0 when they have none."""
    newest = select(func.max(OrderEvent.id)).where(OrderEvent.user_id == user_id)
    return session.scalar(newest) or 0


def newest_grant(session: Session, user_id: int) -> int:
    """The id of the newest grant of credit to the user, 0 when there was none."""
    newest = select(func.max(CreditGrant.id)).where(CreditGrant.user_id == user_id)
    return session.scalar(newest) or 0


def _account_frame(credit: int) -> bytes:
    """Without an id: who comes back later reads the account anyway."""
    return f"event: account\ndata: {json.dumps({'credit': credit})}\n\n".encode()


def _frame(row: Row[Any]) -> bytes:
    data = {
        "id": row.order_id,
        "order_number": row.order_number,
        "order_status": row.status,
        "kind": row.kind,
        "credit": row.credit,
        "coupon": {name: row.coupon[name] for name in ("id", "name")} if row.coupon else {},
        "expires_at": iso(row.expires_at),
        "at": iso(row.created_at),
    }
    return f"event: order\nid: {row.id}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()
