"""The counters of contract section 7, counted where the work is done."""

from collections.abc import Sequence

from prometheus_client import Counter, Histogram

from shared.give_back import Closed

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
ORDERS_CREATED = Counter("orders_created_total", "Orders placed.")

for _path in ("event", "sweep"):
    TIMEOUTS.labels(_path)
for _kind in ("credit", "coupon"):
    GIVE_BACKS.labels(_kind)


def count_timeouts(closed: Sequence[Closed], path: str, *, commit_seconds: float) -> None:
    """Count one committed batch; `commit_seconds` passed between its statement and the end of its commit."""
    if not closed:
        return
    TIMEOUTS.labels(path).inc(len(closed))
    BATCH_SIZE.observe(len(closed))
    for each in closed:
        LATENESS.observe(each.late + commit_seconds)
    count_give_backs(closed)


def count_give_backs(closed: Sequence[Closed]) -> None:
    """Count what these orders gave back."""
    GIVE_BACKS.labels("credit").inc(sum(1 for each in closed if each.credit))
    GIVE_BACKS.labels("coupon").inc(sum(1 for each in closed if each.user_coupon_id))
