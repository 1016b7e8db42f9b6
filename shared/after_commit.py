"""What Redis is told once PostgreSQL has committed.

Each raises RedisError when Redis is away; nothing is lost then: the sweep stands in for a timer, the outbox for a
wallet entry. The caller has no transaction open, and rolls back after an error.
"""

from collections.abc import Sequence

from redis import Redis
from sqlalchemy.orm import Session

from shared import timers, wallet
from shared.give_back import Closed


def placed(session: Session, redis: Redis, order_id: int, user_coupon_id: int | None) -> None:
    """Start the timer of a new order and take its coupon out of the wallet."""
    timers.arm(session, redis, [order_id])
    session.commit()
    if user_coupon_id is not None:
        wallet.project(session, redis, [user_coupon_id])


def closed(session: Session, redis: Redis, orders: Sequence[Closed]) -> None:
    """Remove the timers of orders that are no longer live and put their coupons back into the wallets."""
    timers.disarm(redis, [order.order_id for order in orders])
    coupons = sorted({order.user_coupon_id for order in orders if order.user_coupon_id is not None})
    if coupons:
        wallet.project(session, redis, coupons)
