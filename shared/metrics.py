"""The counters of contract section 7, counted where the work is done."""

from collections.abc import Sequence

from prometheus_client import Counter, Histogram

from shared.orders.give_back import Closed
from shared.timed_out import TimedOut

EXPIRIES = Counter("expiries_total", "Subjects timed out, of every kind.", ["kind", "path"])
TIMEOUTS = Counter("order_timeouts_total", "Orders timed out.", ["path"])
LATENESS = Histogram(
    "order_timeout_lateness_seconds",
    "From an order's deadline to the commit that timed it out.",
    buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900),
)
BATCH_SIZE = Histogram(
    "order_timeout_batch_size",
    "Orders timed out by one transaction.",
    buckets=(1, 2, 5, 10, 50, 100, 500, 1000, 5000, 10000),
)
GIVE_BACKS = Counter("order_give_backs_total", "Holds given back.", ["kind"])
LATE_PAYMENTS = Counter("late_payments_total", "Payments that came after the order was closed.", ["outcome"])
ORDERS_CREATED = Counter("orders_created_total", "Orders placed.")

for _path in ("event", "sweep"):
    TIMEOUTS.labels(_path)
for _kind in ("credit", "coupon"):
    GIVE_BACKS.labels(_kind)
for _outcome in ("honoured", "refunded"):
    LATE_PAYMENTS.labels(_outcome)


def count_timeouts(kind: str, batch: Sequence[TimedOut], path: str, *, commit_seconds: float) -> None:
    """Count one committed batch; `commit_seconds` passed between its statement and the end of its commit."""
    if not batch:
        return
    EXPIRIES.labels(kind, path).inc(len(batch))
    closed = [each for each in batch if isinstance(each, Closed)]
    if closed:
        _count_orders(closed, path, commit_seconds)


def _count_orders(closed: Sequence[Closed], path: str, commit_seconds: float) -> None:
    TIMEOUTS.labels(path).inc(len(closed))
    BATCH_SIZE.observe(len(closed))
    for each in closed:
        LATENESS.observe(each.late + commit_seconds)
    count_give_backs(closed)


def count_give_backs(closed: Sequence[Closed]) -> None:
    """Count what these orders gave back."""
    GIVE_BACKS.labels("credit").inc(sum(1 for each in closed if each.credit))
    GIVE_BACKS.labels("coupon").inc(sum(1 for each in closed if each.user_coupon_id))
