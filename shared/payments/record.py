"""Money that a provider told of, taken into the books."""

from datetime import timedelta

from sqlalchemy import delete, func, update
from sqlalchemy.orm import Session

from shared import metrics
from shared.models import PaymentIntent
from shared.order_status import RECOVER_WITHIN
from shared.orders import Receipt, Settled, settle

ASK_ON = timedelta(seconds=10)


def record(session: Session, receipt: Receipt, recover_within: int = RECOVER_WITHIN) -> Settled:
    """Settle a receipt, commit, and count it if it came late; the provider need not be asked any more.

    About an order that was recovered it is asked on: the other links may be paid too.

    Raises NotFound and Conflict as `settle` does; then nothing changes.
    """
    settled = settle(session, receipt, recover_within)
    of_it = PaymentIntent.order_id == settled.order.id
    if not settled.order.recoveries:
        session.execute(delete(PaymentIntent).where(of_it))
    elif settled.is_new:
        soon = func.least(PaymentIntent.ask_at, func.now() + ASK_ON)
        session.execute(update(PaymentIntent).where(of_it).values(asked=0, ask_at=soon))
    outcome = settled.payment.outcome
    session.commit()
    if settled.is_new and settled.is_late:
        metrics.LATE_PAYMENTS.labels(outcome).inc()
    return settled
