"""A coupon whose time is over while a user has it."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

from lapse.keys import Id
from lapse.kind import TimedOut
from shared.coupons import outbox

_EXPIRE = f"""
WITH due AS MATERIALIZED (
    SELECT user_coupons.id, user_id, greatest(end_time, user_coupons.created_at) AS due_at
    FROM user_coupons JOIN coupons ON coupons.id = coupon_id
    WHERE user_coupons.id = ANY(:ids) AND expired_at IS NULL AND end_time <= statement_timestamp()
    ORDER BY user_coupons.id FOR NO KEY UPDATE OF user_coupons SKIP LOCKED FOR SHARE OF coupons SKIP LOCKED
), expired AS (
    UPDATE user_coupons SET expired_at = statement_timestamp() FROM due WHERE user_coupons.id = due.id
), outbox AS (
    {outbox.PUT} SELECT user_id, id FROM due
)
SELECT id, extract(epoch FROM clock_timestamp() - due_at)::float AS late FROM due
"""  # noqa: S608 - our own constant


def expire_coupons(session: Session, user_coupon_ids: Sequence[Id]) -> list[TimedOut]:
    """Mark those of the users' coupons that are past their end as expired, and return them.

    A coupon that a live order holds stays with that order; it is not given back to be used again. The coupon's own
    row is locked too: its end is looked at again if somebody is moving it at this moment. One that had ended
    before it was given is late since then.
    """
    return [TimedOut(*row) for row in session.execute(text(_EXPIRE), {"ids": list(user_coupon_ids)})]
