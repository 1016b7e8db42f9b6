"""The listener's part: each day's bill is compared once, by whichever listener comes first."""

import logging
from datetime import date
from threading import Event

from sqlalchemy import text
from sqlalchemy.orm import Session

from lapse.batches import Sessions
from shared import metrics
from shared.models import DIFFERENCES
from shared.payments.bill_archive import BadBill
from shared.payments.differences import Difference, count_open
from shared.payments.provider import Provider, ProviderFailed
from shared.payments.reconciliation import Reconciled, reconcile_day

INTERVAL = 60.0  # seconds between looks
WRITTEN_AT = 10  # o'clock in Beijing; Alipay has a day's bill by nine
BACK = 7  # days that are made up for when no listener ran

# A day is here from when its bill is to be had; the next try is set before the provider is asked.
_COME = f"""
WITH last AS (
    SELECT (clock_timestamp() AT TIME ZONE interval '8 h' - interval '{WRITTEN_AT} h')::date - 1 AS day
)
INSERT INTO reconciliations (day)
SELECT generate_series(
    greatest(coalesce((SELECT min(day) FROM reconciliations), day), day - {BACK - 1}), day, interval '1 day'
)::date FROM last
ON CONFLICT DO NOTHING
"""
_LEASE = """
UPDATE reconciliations SET retry_at = clock_timestamp() + interval '1 h'
WHERE day = (
    SELECT day FROM reconciliations WHERE done_at IS NULL AND retry_at <= statement_timestamp()
    ORDER BY day LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING day
"""
_FAILED = "UPDATE reconciliations SET error = :error WHERE day = :day AND done_at IS NULL"

log = logging.getLogger(__name__)


class Reconciler:
    """Compares the bills of days that are over, and tells how many differences are open."""

    def __init__(self, sessions: Sessions, provider: Provider, stop: Event) -> None:
        self._sessions = sessions
        self._provider = provider
        self._stop = stop

    def run(self) -> None:
        """Work until told to stop. Raises SQLAlchemyError when the database is away."""
        while not self._stop.is_set():
            if self.reconcile() is None:
                self._stop.wait(INTERVAL)

    def reconcile(self) -> date | None:
        """Compare one day that is due, None when none is. What fails is tried again in an hour."""
        with self._sessions() as session:
            day = _lease(session)
            if day is not None:
                self._compare(session, day)
            self._count(session)
        return day

    def _compare(self, session: Session, day: date) -> None:
        try:
            _tell(reconcile_day(session, self._provider, day))
        except (ProviderFailed, BadBill) as failure:
            session.rollback()
            session.execute(text(_FAILED), {"day": day, "error": str(failure)})
            session.commit()
            log.warning("the bill was not compared: %s", failure, extra={"day": str(day)})

    def _count(self, session: Session) -> None:
        now = count_open(session)
        for kind in DIFFERENCES:
            metrics.PAYMENT_DIFFERENCES.labels(kind).set(now.get(kind, 0))


def describe(difference: Difference) -> str:
    """A difference in a line."""
    amounts = ", ".join(
        f"{side} {'-' if amount is None else f'{amount:.2f}'}"
        for side, amount in (("ours", difference.ours), ("theirs", difference.theirs))
    )
    request = f", refund {difference.request_no}" if difference.request_no else ""
    return f"{difference.kind}: order {difference.order_number}, trade {difference.trade_no}{request}: {amounts}"


def _lease(session: Session) -> date | None:
    session.execute(text(_COME))
    day: date | None = session.scalar(text(_LEASE))
    session.commit()
    return day


def _tell(reconciled: Reconciled) -> None:
    for each in reconciled.differences:
        log.warning("payments differ: %s", describe(each), extra={"day": str(reconciled.day)})
    told = {"day": str(reconciled.day), "lines": reconciled.lines, "differences": len(reconciled.differences)}
    log.info("the bill was compared", extra=told)
