"""The kinds of things that time out in the shop, and what follows when they do. See docs/timeout-kinds.md."""

from redis import Redis

from lapse import timers
from lapse.kind import Batch, Kind
from lapse.registry import Timeouts
from shared import metrics
from shared.coupons.expiry import expire_coupons
from shared.order_status import OrderStatus
from shared.orders import remind, time_out
from shared.stores import events, redis_keys

TIMEOUTS = Timeouts(redis_keys.PREFIX)

_UNPAID = f"status = {OrderStatus.UNPAID:d}"

ORDER = TIMEOUTS.add(
    Kind(
        "order",
        table="orders",
        due="expires_at",
        open=_UNPAID,
        time_out=time_out,
        key=redis_keys.order_timer,
        parse=redis_keys.parse_order_timer,
    )
)

COUPON = TIMEOUTS.add(
    Kind(
        redis_keys.COUPON_KIND,
        table="user_coupons",
        due="end_time",
        open="expired_at IS NULL",
        time_out=expire_coupons,
        parse=redis_keys.parse_coupon,  # the wallet sets its keys itself
        overdue="""
            SELECT user_coupons.id FROM coupons JOIN user_coupons ON coupon_id = coupons.id
            WHERE end_time <= statement_timestamp() AND expired_at IS NULL AND user_coupons.id <> ALL(:put_aside)
            LIMIT :limit
        """,
        upcoming="""
            SELECT extract(epoch FROM end_time - clock_timestamp())::float FROM coupons
            WHERE end_time > statement_timestamp() ORDER BY end_time LIMIT 1
        """,
        remaining="""
            SELECT user_coupons.id, greatest(extract(epoch FROM end_time - clock_timestamp()), 0)::float
            FROM user_coupons JOIN coupons ON coupons.id = coupon_id
            WHERE user_coupons.id = ANY(:ids) AND expired_at IS NULL
        """,
    )
)

REMINDER = TIMEOUTS.add(
    Kind(
        "reminder",
        table="orders",
        due="remind_at",
        open=f"{_UNPAID} AND remind_at IS NOT NULL AND expires_at > statement_timestamp()",
        time_out=remind,
        key=redis_keys.reminder,
        parse=redis_keys.parse_reminder,
    )
)

OF_ORDERS = (ORDER, REMINDER)
"""Those of which an unpaid order has timers."""


@ORDER.afterwards
@REMINDER.afterwards
def wake_streams(redis: Redis, batch: Batch) -> None:
    """Let the users of these orders hear of it."""
    events.announce(redis, (each.user_id for each in batch.closed))


@ORDER.afterwards
def count_give_backs(redis: Redis, batch: Batch) -> None:
    """Count what the orders gave back."""
    metrics.count_give_backs(batch.closed)


@ORDER.afterwards
def forget_reminders(redis: Redis, batch: Batch) -> None:
    """Remove the reminder of an order that no event told of; with one, its time was over long before."""
    if batch.trigger == "sweep":
        timers.disarm(redis, [REMINDER], [each.id for each in batch.closed])
