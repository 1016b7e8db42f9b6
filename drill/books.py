"""What the database, the provider's books and Redis say when everything is quiet again."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import text

from drill.shoppers import COUPONS, CREDIT
from drill.stack import Stack
from lapse import timers
from lapse.redis_client import connect
from shared.coupons.queries import wallet
from shared.order_status import LIVE, OrderStatus
from shared.stores import redis_keys
from shared.timeouts import ORDER

CREDIT_LOST = """
SELECT u.id AS user_id, u.credit AS has, :loaded - coalesce(sum(o.credit), 0) AS should_have
FROM users u LEFT JOIN orders o ON o.user_id = u.id AND o.status = ANY(:live)
GROUP BY u.id, u.credit HAVING u.credit <> :loaded - coalesce(sum(o.credit), 0)
"""
LEDGER_WRONG = """
WITH entries AS (
    SELECT order_id, kind, sum(CASE action WHEN 'take' THEN amount ELSE -amount END) AS held
    FROM ledger GROUP BY order_id, kind
)
SELECT o.id AS order_id, kinds.kind, o.status, held FROM orders o
CROSS JOIN (VALUES ('credit'), ('coupon')) AS kinds (kind)
LEFT JOIN entries ON order_id = o.id AND entries.kind = kinds.kind
WHERE coalesce(held, 0) <> CASE WHEN o.status <> ALL(:live) THEN 0
    WHEN kinds.kind = 'credit' THEN o.credit ELSE (o.user_coupon_id IS NOT NULL)::int END
"""
COUPON_LOST = """
SELECT user_id, count(*) AS has FROM user_coupons GROUP BY user_id HAVING count(*) <> :coupons
"""
COUPON_TWICE = """
SELECT user_coupon_id, min(id) AS order_id, count(*) AS held_by FROM orders
WHERE status = ANY(:live) AND user_coupon_id IS NOT NULL GROUP BY user_coupon_id HAVING count(*) > 1
"""
MONEY_WRONG = """
SELECT o.id AS order_id, o.status, o.real_price, coalesce(sum(t.amount - t.refunded), 0) AS kept
FROM orders o LEFT JOIN sandbox_trades t ON split_part(t.out_trade_no, '_', 1) = o.order_number
GROUP BY o.id HAVING coalesce(sum(t.amount - t.refunded), 0) <> CASE o.status WHEN :paid THEN o.real_price ELSE 0 END
"""
QUARANTINED = "SELECT kind, subject_id::bigint AS order_id, error FROM quarantined_timeouts"
OPEN = f"SELECT id FROM orders WHERE status = {OrderStatus.UNPAID}"
STATES = "SELECT status, count(*) FROM orders GROUP BY status ORDER BY status"
UNSETTLED = f"""
SELECT (SELECT count(*) FROM orders WHERE status = {OrderStatus.UNPAID}) AS open_orders,
       (SELECT count(*) FROM refunds WHERE done_at IS NULL) AS refunds,
       (SELECT count(*) FROM wallet_outbox) AS wallet_entries,
       (SELECT count(*) FROM sandbox_trades WHERE trade_no NOT IN (SELECT trade_no FROM payments)) AS notices
"""
HISTORY = {
    "order": "SELECT * FROM orders WHERE id = :id",
    "changes": "SELECT before, after, expires_at, at FROM witnessed WHERE order_id = :id ORDER BY id",
    "ledger": "SELECT kind, action, round, amount, created_at FROM ledger WHERE order_id = :id ORDER BY id",
    "payments": "SELECT trade_no, amount, outcome, reason, created_at FROM payments WHERE order_id = :id ORDER BY id",
}

CHECKS: Mapping[str, str] = {
    "credit made or lost": CREDIT_LOST,
    "ledger and order disagree": LEDGER_WRONG,
    "coupon lost": COUPON_LOST,
    "coupon held twice": COUPON_TWICE,
    "money kept for what is not paid, or not kept for what is": MONEY_WRONG,
    "a timeout failed and was put aside": QUARANTINED,
}


def query(stack: Stack, statement: str, **values: object) -> Sequence[Mapping[str, Any]]:
    """The rows of a query."""
    with stack.sessions() as session:
        return [dict(row) for row in session.execute(text(statement), values).mappings()]


def disagreements(stack: Stack) -> list[tuple[str, Mapping[str, Any]]]:
    """Every row in which the books do not agree, with what is wrong with it."""
    values = {"loaded": CREDIT, "coupons": COUPONS, "live": [int(each) for each in LIVE], "paid": int(OrderStatus.PAID)}
    found = []
    for name, statement in CHECKS.items():
        wanted = {key: value for key, value in values.items() if f":{key}" in statement}
        found += [(name, row) for row in query(stack, statement, **wanted)]
    return found


def open_orders(stack: Stack) -> list[int]:
    """The ids of the orders that are unpaid now."""
    return [row["id"] for row in query(stack, OPEN)]


def states(stack: Stack) -> dict[int, int]:
    """How many orders are in each state."""
    return {row["status"]: row["count"] for row in query(stack, STATES)}


def unsettled(stack: Stack) -> dict[str, int]:
    """How much of what is left to happen: open orders, refunds, wallet entries and notices on their way."""
    return {name: count for name, count in query(stack, UNSETTLED)[0].items() if count}


def redis_disagrees(stack: Stack) -> list[str]:
    """What Redis holds otherwise than PostgreSQL says; empty when they are in step."""
    found = []
    with connect(stack.cluster.url, timeout=5) as client, stack.sessions() as session:
        for user in query(stack, "SELECT id FROM users"):
            free = {each.id for each in wallet(session, user["id"])}
            own = query(stack, "SELECT id FROM user_coupons WHERE user_id = :id", id=user["id"])
            for coupon in own:
                has = bool(client.exists(redis_keys.coupon(user["id"], coupon["id"])))
                if has is not (coupon["id"] in free):
                    found.append(
                        f"coupon {coupon['id']} of user {user['id']} is {'' if has else 'not '}in their wallet"
                    )
        if left := timers.pending(client, ORDER):
            found.append(f"{left} deadlines are left of orders that are closed")
    return found


def history(stack: Stack, order_id: int) -> list[str]:
    """Everything the database knows of an order, a line each."""
    return [
        f"{name}: {dict(row)}" for name, statement in HISTORY.items() for row in query(stack, statement, id=order_id)
    ]
