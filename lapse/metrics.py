"""The engine's figures, by kind, counted where the work is done."""

from collections.abc import Sequence

from prometheus_client import Counter, Gauge, Histogram

EXPIRIES = Counter("expiries_total", "Subjects timed out.", ["kind", "path"])
LATENESS = Histogram(
    "expiry_lateness_seconds",
    "From a deadline to the commit that closed its subject.",
    ["kind"],
    buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900),
)
STAGE = Histogram(
    "expiry_stage_seconds",
    "From a deadline to the touch, from there to the event, to the statement, to the commit; of the first of a batch.",
    ["kind", "stage"],
    buckets=(0.0005, 0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5),
)
BATCH_SIZE = Histogram(
    "expiry_batch_size",
    "Subjects timed out by one transaction.",
    ["kind"],
    buckets=(1, 2, 5, 10, 50, 100, 500, 1000, 5000, 10000),
)
DUPLICATES = Counter("expiry_duplicates_total", "Events heard for a subject that was no longer open.", ["kind"])
PUT_ASIDE = Counter("expiry_quarantined_total", "Timeouts that failed by themselves and were put aside.", ["kind"])
TIMERS_PENDING = Gauge("expiry_timers_pending", "Deadlines waiting in Redis.", ["kind"])


def begin(kind: str) -> None:
    """Let the figures of a kind be there from the start, at zero."""
    for path in ("event", "nudge", "sweep"):
        EXPIRIES.labels(kind, path)
    for stage in ("touched", "heard", "statement", "committed"):
        STAGE.labels(kind, stage)
    for metric in (LATENESS, BATCH_SIZE, DUPLICATES, PUT_ASIDE):
        metric.labels(kind)


def took(kind: str, stage: str, seconds: float) -> None:
    """Note how long a stage took."""
    STAGE.labels(kind, stage).observe(seconds)


def count(kind: str, trigger: str, late: Sequence[float]) -> None:
    """Count one committed batch, by how many seconds each of it was late."""
    if not late:
        return
    EXPIRIES.labels(kind, trigger).inc(len(late))
    BATCH_SIZE.labels(kind).observe(len(late))
    lateness = LATENESS.labels(kind)
    for seconds in late:
        lateness.observe(seconds)
