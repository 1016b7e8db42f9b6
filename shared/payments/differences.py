"""Where the bills that were read and our own books differ, and the table that keeps it.

Only trades are looked at that the day at hand touches, and those that differed before. Of money that is ours a bill is
expected to tell where the bill of its day was read; it may be an earlier day's, when we heard of it late.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.order_status import OrderStatus
from shared.orders.money import REFUNDED

_IN_BEIJING = "AT TIME ZONE interval '8 h'"
_BOUNDS = (
    f">= CAST(:day AS date)::timestamp {_IN_BEIJING} AND {{0}} < (CAST(:day AS date) + 1)::timestamp {_IN_BEIJING}"
)


def _on_the_day(moment: str) -> str:
    return f"{moment} {_BOUNDS.format(moment)}"


OURS_OF_THE_DAY = f"""
SELECT trade_no FROM payments WHERE {_on_the_day("created_at")}
UNION SELECT trade_no FROM refunds JOIN payments ON payments.id = payment_id WHERE {_on_the_day("done_at")}
"""
_FOUND = f"""
WITH scope AS MATERIALIZED (
    SELECT trade_no FROM billed_money WHERE day = :day
    UNION {OURS_OF_THE_DAY}
    UNION SELECT trade_no FROM payment_differences WHERE resolved_at IS NULL
), taken AS (
    SELECT trade_no, min(order_number) AS order_number, sum(amount) AS amount
    FROM billed_money JOIN scope USING (trade_no) WHERE NOT is_refund GROUP BY trade_no
), returned AS (
    SELECT trade_no, request_no, min(order_number) AS order_number, sum(amount) AS amount
    FROM billed_money JOIN scope USING (trade_no) WHERE is_refund GROUP BY trade_no, request_no
), ours AS (
    SELECT p.trade_no, o.order_number, p.amount, p.created_at, r.request_no, r.amount AS refund, r.done_at
    FROM payments p JOIN scope USING (trade_no) JOIN orders o ON o.id = p.order_id
    LEFT JOIN refunds r ON payment_id = p.id
), read AS (
    SELECT day FROM reconciliations WHERE done_at IS NOT NULL
), found (kind, trade_no, request_no, order_number, ours, theirs) AS (
    SELECT 'unknown_payment', t.trade_no, '', t.order_number, NULL, t.amount
    FROM taken t LEFT JOIN ours o USING (trade_no) WHERE o.trade_no IS NULL
UNION ALL
    SELECT 'missing_payment', o.trade_no, '', o.order_number, o.amount, NULL
    FROM ours o LEFT JOIN taken t USING (trade_no)
    WHERE t.trade_no IS NULL AND (o.created_at {_IN_BEIJING})::date IN (SELECT day FROM read)
UNION ALL
    SELECT 'other_amount', trade_no, '', o.order_number, o.amount, t.amount
    FROM ours o JOIN taken t USING (trade_no) WHERE o.amount <> t.amount
UNION ALL
    SELECT 'other_order', trade_no, '', o.order_number, o.amount, t.amount
    FROM ours o JOIN taken t USING (trade_no) WHERE o.order_number <> t.order_number
UNION ALL
    SELECT 'unknown_refund', b.trade_no, b.request_no, b.order_number, o.refund, b.amount
    FROM returned b LEFT JOIN ours o USING (trade_no, request_no) WHERE o.done_at IS NULL
UNION ALL
    SELECT 'missing_refund', o.trade_no, o.request_no, o.order_number, o.refund, NULL
    FROM ours o LEFT JOIN returned b USING (trade_no, request_no)
    WHERE b.trade_no IS NULL AND (o.done_at {_IN_BEIJING})::date IN (SELECT day FROM read)
UNION ALL
    SELECT 'other_refund_amount', trade_no, request_no, o.order_number, o.refund, b.amount
    FROM ours o JOIN returned b USING (trade_no, request_no) WHERE o.done_at IS NOT NULL AND o.refund <> b.amount
UNION ALL
    SELECT 'kept_money', p.trade_no, coalesce(r.request_no, ''), o.order_number, p.amount, NULL
    FROM payments p JOIN orders o ON o.id = p.order_id LEFT JOIN refunds r ON payment_id = p.id
    WHERE r.done_at IS NULL AND (r.id IS NOT NULL OR o.status <> {OrderStatus.PAID} OR p.outcome = '{REFUNDED}')
      AND coalesce(r.created_at, p.created_at) < statement_timestamp() - interval '1 h'
)"""
_KEEP = f"""
{_FOUND}
INSERT INTO payment_differences AS kept (kind, trade_no, request_no, order_number, ours, theirs, last_seen)
SELECT *, statement_timestamp() FROM found ORDER BY kind, trade_no, request_no
ON CONFLICT (kind, trade_no, request_no) DO UPDATE SET
    ours = excluded.ours, theirs = excluded.theirs, last_seen = excluded.last_seen, resolved_at = NULL
RETURNING kind, trade_no, request_no, order_number, ours, theirs
"""
# What was just kept was seen later than this transaction began.
_RESOLVE = """
UPDATE payment_differences SET resolved_at = clock_timestamp()
WHERE resolved_at IS NULL AND last_seen < transaction_timestamp()
"""
_OPEN = "SELECT kind, count(*) FROM payment_differences WHERE resolved_at IS NULL GROUP BY kind"


@dataclass(frozen=True)
class Difference:
    """One of them; `ours` and `theirs` are the amounts, None where there is nothing."""

    kind: str
    trade_no: str
    request_no: str
    order_number: str
    ours: Decimal | None
    theirs: Decimal | None


def keep_differences(session: Session, day: date) -> list[Difference]:
    """All that differ now; those kept of earlier days that no longer do are resolved.

    For one at a time, in a transaction of its own.
    """
    found = [Difference(**row) for row in session.execute(text(_KEEP), {"day": day}).mappings()]
    session.execute(text(_RESOLVE))
    return sorted(found, key=lambda each: (each.kind, each.trade_no, each.request_no))


def count_open(session: Session) -> dict[str, int]:
    """How many differences of each kind are open."""
    return {kind: count for kind, count in session.execute(text(_OPEN))}
