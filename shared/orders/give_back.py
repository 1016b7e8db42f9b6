"""The one statement by which an order stops being live and gives back what it held.

Locks are taken in one order everywhere, orders and then users, each by id, so nobody waits in a circle.
A batch does not wait at all: what somebody else has locked, an order or its owner, is passed over.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from lapse.kind import TimedOut
from shared.coupons import outbox
from shared.order_status import OrderStatus, Transition

_CLOSE = """
WITH due AS MATERIALIZED (
    SELECT id, user_id, order_number, round, credit, user_coupon_id, expires_at
    FROM orders
    WHERE status = :before AND ({guard})
    ORDER BY id
    FOR NO KEY UPDATE {on_lock}
), owners AS MATERIALIZED (
    SELECT id FROM users WHERE id IN (SELECT user_id FROM due) ORDER BY id FOR NO KEY UPDATE {on_lock}
), ready AS MATERIALIZED (
    SELECT due.* FROM due JOIN owners ON owners.id = due.user_id
), closed AS (
    UPDATE orders SET status = :after FROM ready WHERE orders.id = ready.id
), entries AS (
    INSERT INTO ledger (order_id, user_id, kind, action, round, amount, user_coupon_id)
    SELECT id, user_id, 'credit', 'give_back', round, credit, NULL::bigint FROM ready WHERE credit > 0
    UNION ALL
    SELECT id, user_id, 'coupon', 'give_back', round, 1, user_coupon_id
    FROM ready WHERE user_coupon_id IS NOT NULL
), credited AS (
    UPDATE users SET credit = users.credit + owed.credit
    FROM (SELECT user_id, sum(credit)::bigint AS credit FROM ready WHERE credit > 0 GROUP BY user_id) AS owed
    WHERE users.id = owed.user_id
), told AS (
    INSERT INTO order_events (order_id, user_id, kind, status, data)
    SELECT id, user_id, 'status', :after, jsonb_build_object(
        'order_number', order_number, 'credit', credit, 'user_coupon_id', user_coupon_id{told})
    FROM ready ORDER BY id
), outbox AS (
    {outbox}
    SELECT user_id, user_coupon_id FROM ready WHERE user_coupon_id IS NOT NULL
)
SELECT id, extract(epoch FROM clock_timestamp() - expires_at)::float AS late, user_id, credit, user_coupon_id
FROM ready
"""


@dataclass(frozen=True, slots=True)
class Closed(TimedOut):
    """An order that was closed, whose it is and what it gave back."""

    user_id: int
    credit: int
    user_coupon_id: int | None


def close(
    session: Session,
    change: Transition,
    guard: str,
    params: Mapping[str, Any],
    *,
    told: str = "",
    skip_locked: bool = False,
) -> list[Closed]:
    """Make that change of the orders that are in its first state and that `guard` (SQL over `orders`) finds.

    What they held is given back. Their history tells of it, and of `told`: a comma, then names and values in SQL.
    State and guard are checked under the row's lock. Zero rows is a normal outcome. Raises IntegrityError when an
    order of the batch has already given back in this round, and ValueError for a change that no order may make or by
    which none stops being live.
    """
    if change not in OrderStatus.TRANSITIONS or change.before is None or not change.gives_back:
        raise ValueError(f"no order is closed by {change}")
    statement = _CLOSE.format(guard=guard, told=told, on_lock="SKIP LOCKED" if skip_locked else "", outbox=outbox.PUT)
    rows = session.execute(text(statement), {"before": int(change.before), "after": int(change.after), **params})
    return [Closed(*row) for row in rows]
