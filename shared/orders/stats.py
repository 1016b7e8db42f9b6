"""What an operator wants to know at a glance."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from redis import Redis
from sqlalchemy import Select, exists, select, text
from sqlalchemy.orm import Session, aliased

from lapse import timers
from lapse.keys import expired_channel
from lapse.kind import Kind
from lapse.redis_client import database_of
from shared.models import Order, OrderEvent
from shared.order_status import OrderStatus

_OVERDUE = f"FROM orders WHERE status = {OrderStatus.UNPAID} AND expires_at <= statement_timestamp()"
_UPCOMING = f"FROM orders WHERE status = {OrderStatus.UNPAID} AND expires_at > statement_timestamp()"
_FIGURES = f"""
SELECT
    (SELECT count(*) {_OVERDUE}) AS overdue,
    (SELECT extract(epoch FROM statement_timestamp() - min(expires_at))::float {_OVERDUE}) AS oldest_overdue_seconds,
    (SELECT min(expires_at) {_UPCOMING}) AS next_deadline,
    (SELECT count(*) FROM quarantined_timeouts) AS quarantined,
    (SELECT count(*) FROM refunds WHERE done_at IS NULL) AS refunds_pending,
    (SELECT count(*) FROM wallet_outbox) AS wallets_pending,
    (SELECT count(*) FROM order_events
     WHERE kind = 'status' AND status = {OrderStatus.TIMED_OUT}
       AND created_at > statement_timestamp() - interval '1 hour') AS timed_out_last_hour
"""  # noqa: S608 - our own constants
_LEFT_UNPAID = f"""
SELECT extract(epoch FROM statement_timestamp() - expires_at)::float AS late
FROM orders
WHERE status = {OrderStatus.UNPAID} AND expires_at <= statement_timestamp() - make_interval(secs => :tolerance)
  AND NOT EXISTS (SELECT FROM quarantined_timeouts AS bad WHERE bad.kind = 'order' AND bad.subject_id = orders.id::text)
ORDER BY expires_at LIMIT 1
"""  # noqa: S608 - our own constants
_BY_STATE = "SELECT status, count(*) FROM orders GROUP BY status"


@dataclass(frozen=True)
class RecentTimeout:
    """An order that timed out: when, and how many seconds after its deadline."""

    order: Order
    closed_at: datetime

    @property
    def lateness(self) -> float:
        """Seconds from the deadline to the closing, by the database's clock."""
        return (self.closed_at - self.order.expires_at).total_seconds()


def timeouts(session: Session) -> dict[str, Any]:
    """How many orders are in each state, and what waits, from PostgreSQL alone."""
    counts = {status: count for status, count in session.execute(text(_BY_STATE))}
    figures = session.execute(text(_FIGURES)).mappings().one()
    return {"orders": {state.name.lower(): counts.get(state, 0) for state in OrderStatus}} | dict(figures)


def lateness_unclosed(session: Session, tolerance: float) -> float | None:
    """Seconds by which the oldest overdue order is late, when that is more than `tolerance`: no listener closes it.

    Those in quarantine do not count, for there a listener was. One look at the index of deadlines.
    """
    late: float | None = session.scalar(text(_LEFT_UNPAID), {"tolerance": tolerance})
    return late


def in_redis(redis: Redis, kind: Kind) -> dict[str, int]:
    """How many timers of the kind wait, and how many listeners hear of them on this primary. Raises RedisError."""
    heard_by = redis.pubsub_numsub(expired_channel(database_of(redis)))
    return {
        "timers_pending": timers.pending(redis, kind),
        "subscriptions": sum(count for _, count in heard_by),
    }


def timed_out_events() -> Select[OrderEvent]:
    """The closings of the orders that are timed out now, the newest first."""
    later = aliased(OrderEvent)
    timed_out = (OrderEvent.kind == "status", OrderEvent.status == OrderStatus.TIMED_OUT)
    again = exists().where(later.order_id == OrderEvent.order_id, later.kind == "status", later.id > OrderEvent.id)
    return (
        select(OrderEvent)
        .join(Order, Order.id == OrderEvent.order_id)
        .where(*timed_out, Order.status == OrderStatus.TIMED_OUT, ~again)
        .order_by(OrderEvent.id.desc())
    )


def recent(session: Session, events: Sequence[OrderEvent]) -> list[RecentTimeout]:
    """The orders that these events closed."""
    ids = [event.order_id for event in events]
    orders = {order.id: order for order in session.scalars(select(Order).where(Order.id.in_(ids)))}
    return [RecentTimeout(orders[event.order_id], event.created_at) for event in events]
