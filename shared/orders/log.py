"""An order's history: each change of it, appended in the transaction that makes it."""

from typing import Any

from sqlalchemy.orm import Session

from shared.models import Order, OrderEvent


def append(session: Session, order: Order, kind: str = "status", **data: Any) -> None:
    """Append the order's present state, and `data`, to its history. The caller holds the user's row."""
    told = {
        "order_number": order.order_number,
        "credit": order.credit,
        "user_coupon_id": order.user_coupon_id,
    }
    session.add(
        OrderEvent(
            order_id=order.id,
            user_id=order.user_id,
            kind=kind,
            status=int(order.status),
            data=told | data,
        )
    )
