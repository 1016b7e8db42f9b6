"""The shop's days in figures: what was sold, what timed out, and what came back to life."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.order_status import OrderStatus
from shared.orders.money import HONOURED, REFUNDED

# Each table only grows in time, and has a BRIN index of it: what is read is the period, whatever came before.
_TODAY = "SELECT (statement_timestamp() AT TIME ZONE :zone)::date"
_SINCE = "CAST(:first AS timestamp) AT TIME ZONE :zone"
_PER_DAY = f"""
WITH events AS (
    SELECT (created_at AT TIME ZONE :zone)::date AS day,
           count(*) FILTER (WHERE status = {OrderStatus.TIMED_OUT}) AS timed_out,
           count(*) FILTER (WHERE status = {OrderStatus.UNPAID}) AS recovered
    FROM order_events
    WHERE created_at >= {_SINCE} AND kind = 'status'
      AND (status = {OrderStatus.TIMED_OUT} OR status = {OrderStatus.UNPAID} AND data ? 'recovery')
    GROUP BY 1
), money AS (
    SELECT (created_at AT TIME ZONE :zone)::date AS day, count(*) AS paid, sum(amount) AS sales,
           count(*) FILTER (WHERE outcome = '{HONOURED}') AS paid_late
    FROM payments
    WHERE created_at >= {_SINCE} AND outcome <> '{REFUNDED}'
    GROUP BY 1
), returns AS (
    SELECT (created_at AT TIME ZONE :zone)::date AS day, sum(amount) AS refunded
    FROM refunds
    WHERE created_at >= {_SINCE}
      AND (SELECT outcome FROM payments WHERE payments.id = payment_id) <> '{REFUNDED}'  -- no join: never all of them
    GROUP BY 1
)
SELECT days.day::date, coalesce(sales, 0), coalesce(refunded, 0), coalesce(paid, 0), coalesce(paid_late, 0),
       coalesce(timed_out, 0), coalesce(recovered, 0)
FROM generate_series(CAST(:first AS timestamp), :today, interval '1 day') AS days (day)
LEFT JOIN events ON events.day = days.day LEFT JOIN money ON money.day = days.day
LEFT JOIN returns ON returns.day = days.day
ORDER BY days.day
"""  # noqa: S608 - our own constants


@dataclass(frozen=True, slots=True)
class Day:
    """One day: `sales` is the money that came in and was kept, `refunded` what of such money went back on that day.

    `paid` counts those payments, `paid_late` those of them that came after the order was closed.
    """

    day: date
    sales: Decimal
    refunded: Decimal
    paid: int
    paid_late: int
    timed_out: int
    recovered: int


def per_day(session: Session, days: int, zone: str) -> list[Day]:
    """The last `days` days up to today, the oldest first, as a clock in that zone counts them."""
    today: date = session.scalars(text(_TODAY), {"zone": zone}).one()
    period = {"first": today - timedelta(days=days - 1), "today": today, "zone": zone}
    return [Day(*row) for row in session.execute(text(_PER_DAY), period)]
