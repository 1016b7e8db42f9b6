"""Giving money back: the outbox that `shared.orders` fills, and the provider that must do it."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from shared.models import Order
from shared.orders import log
from shared.payments.provider import Provider, ProviderFailed
from shared.stores.locks import lock_user

# The next try is set before the provider is called: no other process calls it at the same time, and a refund whose
# process died is tried again.
_LEASE = """
UPDATE refunds SET
    attempts = attempts + 1,
    retry_at = clock_timestamp() + least(interval '10 s' * 2 ^ least(attempts, 9), interval '1 h')
FROM payments JOIN orders ON orders.id = order_id
WHERE payments.id = payment_id AND refunds.id = (
    SELECT refunds.id FROM refunds JOIN payments ON payments.id = payment_id
    WHERE done_at IS NULL AND retry_at <= statement_timestamp() AND order_id = coalesce(:order_id, order_id)
    ORDER BY retry_at LIMIT 1 FOR UPDATE OF refunds SKIP LOCKED
)
RETURNING refunds.id, request_no, refunds.amount, refunds.reason, trade_no, order_id, order_number, user_id
"""
_DONE = """
UPDATE refunds SET done_at = clock_timestamp(), error = NULL WHERE id = :id AND done_at IS NULL RETURNING id
"""
_FAILED = "UPDATE refunds SET error = :error WHERE id = :id AND done_at IS NULL"


@dataclass(frozen=True)
class RefundTry:
    """One refund the provider was asked for; `failure` is empty when it is done."""

    order_number: str
    user_id: int
    failure: str = ""


def refund_next(session: Session, provider: Provider, order_id: int | None = None) -> RefundTry | None:
    """Have the provider do one refund that is due, of that order or of any; None when none is.

    Begins with no transaction open; commits. What fails is tried again after 10 s, later after up to an hour.
    """
    due = session.execute(text(_LEASE), {"order_id": order_id}).mappings().one_or_none()
    session.commit()
    if due is None:
        return None
    try:
        provider.refund(due["trade_no"], due["amount"], due["request_no"])
    except ProviderFailed as failure:
        session.execute(text(_FAILED), {"id": due["id"], "error": str(failure)})
        session.commit()
        return RefundTry(due["order_number"], due["user_id"], str(failure))
    _record(session, dict(due))
    session.commit()
    return RefundTry(due["order_number"], due["user_id"])


def _record(session: Session, due: dict[str, Any]) -> None:
    if session.execute(text(_DONE), due).first() is None:
        return
    lock_user(session, due["user_id"])
    order = session.scalars(select(Order).where(Order.id == due["order_id"])).one()
    told = {name: str(due[name]) for name in ("amount", "reason", "trade_no", "request_no")}
    log.append(session, order, "refund", **told)
