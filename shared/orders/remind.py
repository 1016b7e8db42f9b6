"""Telling a user that their unpaid order is about to time out."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from lapse.keys import Id
from lapse.kind import TimedOut
from shared.order_status import OrderStatus

_REMIND = f"""
WITH due AS MATERIALIZED (
    SELECT id, user_id, order_number, remind_at FROM orders
    WHERE id = ANY(:ids) AND status = {OrderStatus.UNPAID}
      AND remind_at <= statement_timestamp() AND expires_at > statement_timestamp()
    ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
), owners AS MATERIALIZED (
    SELECT id FROM users WHERE id IN (SELECT user_id FROM due) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
), ready AS MATERIALIZED (
    SELECT due.* FROM due JOIN owners ON owners.id = due.user_id
), reminded AS (
    UPDATE orders SET remind_at = NULL FROM ready WHERE orders.id = ready.id
), told AS (
    INSERT INTO order_events (order_id, user_id, kind, status, data)
    SELECT id, user_id, 'reminder', {OrderStatus.UNPAID}, jsonb_build_object('order_number', order_number)
    FROM ready ORDER BY id
)
SELECT id, extract(epoch FROM clock_timestamp() - remind_at)::float AS late, user_id FROM ready
"""  # noqa: S608 - our own enum


@dataclass(frozen=True, slots=True)
class Reminded(TimedOut):
    """An order whose user was reminded."""

    user_id: int


def remind(session: Session, order_ids: Sequence[Id]) -> list[Reminded]:
    """Remind of those of the orders that are unpaid and due for it, each once, and return them."""
    return [Reminded(*row) for row in session.execute(text(_REMIND), {"ids": list(order_ids)})]
