"""Money that a provider told of, taken into the books."""

from sqlalchemy import delete
from sqlalchemy.orm import Session

from shared import metrics
from shared.models import PaymentIntent
from shared.orders import Receipt, Settled, settle
from shared.recovery import RECOVER_WITHIN


def record(session: Session, receipt: Receipt, recover_within: int = RECOVER_WITHIN) -> Settled:
    """Settle a receipt, commit, and count it if it came late; the provider need not be asked any more.

    Raises NotFound and Conflict as `settle` does; then nothing changes.
    """
    settled = settle(session, receipt, recover_within)
    session.execute(delete(PaymentIntent).where(PaymentIntent.order_id == settled.order.id))
    outcome = settled.payment.outcome
    session.commit()
    if settled.is_new and settled.is_late:
        metrics.LATE_PAYMENTS.labels(outcome).inc()
    return settled
