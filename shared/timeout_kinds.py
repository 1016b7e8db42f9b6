"""The kinds of things that time out. Adding one is adding an entry here; see docs/timeout-kinds.md."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from shared import redis_keys
from shared.coupons.expiry import expire_coupons
from shared.orders import remind, time_out
from shared.timed_out import TimedOut


@dataclass(frozen=True, eq=False)
class TimeoutKind:
    """One kind of timeout. Its subjects are named by their ids.

    `key` and `parse` build and read the Redis key whose expiry announces the deadline (None: not ours).
    `time_out` is the guarded verb. `overdue` (SQL) returns the ids of at most `:limit` subjects in `table` that are
    past their deadline and not `:put_aside`; `remaining` (SQL) returns those of `:ids` that are still open, with
    the seconds until each is due.
    """

    name: str
    parse: Callable[[bytes], int | None]
    time_out: Callable[[Session, Sequence[int]], Sequence[TimedOut]]
    overdue: str
    remaining: str
    table: str = "orders"


ORDER = TimeoutKind(
    name="order",
    parse=redis_keys.parse_order_timer,
    time_out=time_out,
    overdue="""
        SELECT id FROM orders
        WHERE status = 0 AND expires_at <= statement_timestamp() AND id <> ALL(:put_aside)
        ORDER BY expires_at LIMIT :limit
    """,
    remaining="""
        SELECT id, greatest(extract(epoch FROM expires_at - clock_timestamp()), 0)::float
        FROM orders WHERE id = ANY(:ids) AND status = 0
    """,
)

COUPON = TimeoutKind(
    name="coupon",
    parse=redis_keys.parse_coupon,
    time_out=expire_coupons,
    overdue="""
        SELECT user_coupons.id FROM coupons JOIN user_coupons ON coupon_id = coupons.id
        WHERE end_time <= statement_timestamp() AND expired_at IS NULL AND user_coupons.id <> ALL(:put_aside)
        LIMIT :limit
    """,
    remaining="""
        SELECT user_coupons.id, greatest(extract(epoch FROM end_time - clock_timestamp()), 0)::float
        FROM user_coupons JOIN coupons ON coupons.id = coupon_id
        WHERE user_coupons.id = ANY(:ids) AND expired_at IS NULL
    """,
    table="user_coupons",
)

REMINDER = TimeoutKind(
    name="reminder",
    parse=redis_keys.parse_reminder,
    time_out=remind,
    overdue="""
        SELECT id FROM orders
        WHERE status = 0 AND remind_at <= statement_timestamp() AND expires_at > statement_timestamp()
          AND id <> ALL(:put_aside)
        ORDER BY remind_at LIMIT :limit
    """,
    remaining="""
        SELECT id, greatest(extract(epoch FROM remind_at - clock_timestamp()), 0)::float
        FROM orders WHERE id = ANY(:ids) AND status = 0 AND remind_at IS NOT NULL
    """,
)

KINDS = (ORDER, COUPON, REMINDER)
