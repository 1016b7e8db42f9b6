"""What Redis is told once PostgreSQL has committed.

Each raises RedisError when Redis is away; nothing is lost then: the sweep stands in for a timer, the outbox for a
wallet entry, a stream's heartbeat for its waking. The caller has no transaction open, and rolls back after an error.
"""

from collections.abc import Sequence

from redis import Redis
from sqlalchemy.orm import Session

from lapse import timers
from shared import events
from shared.coupons import wallet
from shared.models import Order
from shared.order_status import OrderStatus
from shared.orders.give_back import Closed
from shared.timeouts import OF_ORDERS


def changed(session: Session, redis: Redis, order: Order) -> None:
    """Bring the order's timer and its coupon's wallet entry in step with its state, and wake its user's streams."""
    order_id, user_id, user_coupon_id, status = order.id, order.user_id, order.user_coupon_id, order.status
    if status == OrderStatus.UNPAID:
        timers.arm(session, redis, OF_ORDERS, [order_id])
    else:
        timers.disarm(redis, OF_ORDERS, [order_id])
    session.commit()
    events.announce(redis, [user_id])
    if user_coupon_id is not None:
        wallet.project(session, redis, [user_coupon_id])


def closed(session: Session, redis: Redis, orders: Sequence[Closed]) -> None:
    """Remove the timers of closed orders, put their coupons back into the wallets, and wake the users' streams."""
    timers.disarm(redis, OF_ORDERS, [order.id for order in orders])
    events.announce(redis, (order.user_id for order in orders))
    coupons = sorted({order.user_coupon_id for order in orders if order.user_coupon_id is not None})
    if coupons:
        wallet.project(session, redis, coupons)
