"""Putting money down to be given back."""

from sqlalchemy.orm import Session

from shared.models import Payment, Refund

PAID, HONOURED, REFUNDED = "paid", "honoured", "refunded"
"""What became of a payment: taken in time, taken late, or to be given back at once."""


def give_money_back(session: Session, payment: Payment, reason: str) -> None:
    """Put a payment down to be refunded; the listener asks the provider until it is done."""
    session.add(Refund(payment_id=payment.id, request_no=f"R{payment.id}", amount=payment.amount, reason=reason))
    session.flush()
