"""A shop with something in every table, for those who look at all of the admin."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from tests.shop import Shopper

_ROWS = """
INSERT INTO credit_grants (user_id, staff_id, amount, note) VALUES (1, 3, 5, '<b>');
INSERT INTO reviews (order_id, course_id, user_id, rating, content) VALUES (:order, 2, 1, 5, '<b>');
INSERT INTO payments (order_id, trade_no, amount, outcome) VALUES (:order, 'T1', 70, 'paid');
INSERT INTO refunds (payment_id, request_no, amount) VALUES (1, 'R1', 70);
INSERT INTO payment_differences (kind, trade_no, order_number) VALUES ('unknown_payment', '<b>', '<b>');
INSERT INTO reconciliations (day, error) VALUES ('2026-01-01', '<b>');
INSERT INTO quarantined_timeouts (kind, subject_id, error, retry_at)
VALUES ('order', CAST(:order AS text), 'boom', now());
"""


def fill(sessions: sessionmaker[Session], user: Shopper) -> dict[str, Any]:
    """Fill every table of a new shop; returns the order that the user placed."""
    order = user.ordered(2, user_coupon_id=next(iter(user.wallet())), credit=10)
    with sessions.begin() as session:
        for statement in _ROWS.strip().split(";")[:-1]:
            session.execute(text(statement), {"order": order["id"]} if ":order" in statement else {})
    return order
