"""The shop's figures, and the engine's of unpaid orders under the names that operators know."""

from collections.abc import Iterable, Iterator
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge, Metric, generate_latest
from prometheus_client.registry import Collector

from shared.orders.give_back import Closed

GIVE_BACKS = Counter("order_give_backs_total", "Holds given back.", ["kind"])
LATE_PAYMENTS = Counter("late_payments_total", "Payments that came after the order was closed.", ["outcome"])
ORDERS_CREATED = Counter("orders_created_total", "Orders placed.")
PAYMENT_DIFFERENCES = Gauge("payment_differences", "Differences from the provider's bills that are open.", ["kind"])

for _kind in ("credit", "coupon"):
    GIVE_BACKS.labels(_kind)
for _outcome in ("honoured", "refunded"):
    LATE_PAYMENTS.labels(_outcome)

_OF_ORDERS = {
    "expiries": ("order_timeouts", "Orders timed out."),
    "expiry_lateness_seconds": (
        "order_timeout_lateness_seconds",
        "From an order's deadline to the commit that timed it out.",
    ),
    "expiry_stage_seconds": ("order_timeout_stage_seconds", "From an order's deadline to its commit, by stages."),
    "expiry_batch_size": ("order_timeout_batch_size", "Orders timed out by one transaction."),
    "expiry_timers_pending": ("order_timers_pending", "Deadlines of orders waiting in Redis."),
}
"""What the engine's figures are called where they are of the kind `order`."""


class Source(Protocol):
    """A registry, or a collector."""

    def collect(self) -> Iterable[Metric]: ...


def count_give_backs(closed: Iterable[Closed]) -> None:
    """Count what these orders gave back."""
    GIVE_BACKS.labels("credit").inc(sum(1 for each in closed if each.credit))
    GIVE_BACKS.labels("coupon").inc(sum(1 for each in closed if each.user_coupon_id))


def exposition(source: Source) -> bytes:
    """All figures of `source` as Prometheus text."""
    registry = CollectorRegistry()
    registry.register(_WithOrders(source))
    return generate_latest(registry)


class _WithOrders(Collector):
    def __init__(self, source: Source) -> None:
        self._source = source

    def collect(self) -> Iterator[Metric]:
        for family in self._source.collect():
            yield family
            if family.name in _OF_ORDERS:
                yield _of_orders(family, *_OF_ORDERS[family.name])


def _of_orders(family: Metric, name: str, documentation: str) -> Metric:
    found = Metric(name, documentation, family.type, family.unit)
    found.samples = [
        sample._replace(
            name=name + sample.name.removeprefix(family.name),
            labels={label: value for label, value in sample.labels.items() if label != "kind"},
        )
        for sample in family.samples
        if sample.labels.get("kind") == "order"
    ]
    return found
