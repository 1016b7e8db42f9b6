"""What follows once PostgreSQL has committed: it is counted, and then Redis is told.

Each raises RedisError when Redis is away; nothing is lost then: the sweep stands in for a timer, the outbox for a
wallet entry, a stream's heartbeat for its waking. The caller has no transaction open, and rolls back after an error.
"""

from redis import Redis
from sqlalchemy.orm import Session

from lapse import timers
from shared import metrics
from shared.coupons import wallet
from shared.models import Order
from shared.order_status import OrderStatus
from shared.orders.give_back import Closed
from shared.stores import events
from shared.timeouts import OF_ORDERS


def placed(session: Session, redis: Redis, order: Order) -> None:
    """Count a new order, and do as `changed`."""
    metrics.ORDERS_CREATED.inc()
    changed(session, redis, order)


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


def granted(session: Session, redis: Redis, user_id: int) -> None:
    """Wake the streams of a user whose credit staff changed."""
    events.announce(redis, [user_id])


def closed(session: Session, redis: Redis, order: Closed) -> None:
    """Count what a closed order gave back, remove its timers, wake its user's streams, and project its coupon."""
    metrics.count_give_backs([order])
    timers.disarm(redis, OF_ORDERS, [order.id])
    events.announce(redis, [order.user_id])
    if order.user_coupon_id is not None:
        wallet.project(session, redis, [order.user_coupon_id])
