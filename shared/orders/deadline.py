"""When an order's time is up, and when its user is reminded of that."""

from datetime import datetime, timedelta

REMIND_BEFORE = timedelta(minutes=5)


def deadlines(now: datetime, timeout: int) -> dict[str, datetime | None]:
    """`expires_at` and `remind_at` of an order that becomes unpaid now, for `timeout` seconds.

    An order that lives no longer than REMIND_BEFORE has no reminder.
    """
    expires_at = now + timedelta(seconds=timeout)
    remind_at = expires_at - REMIND_BEFORE
    return {"expires_at": expires_at, "remind_at": remind_at if remind_at > now else None}
