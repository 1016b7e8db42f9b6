"""Asking the provider about users who were sent to pay, in case its notice was lost.

An intent is due at `ask_at`. Whoever takes it moves that on first, so that no other process asks at the same
time and an intent whose process died is asked again.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.errors import Refused
from shared.order_status import RECOVER_WITHIN, OrderStatus
from shared.orders import Settled
from shared.payments.numbers import out_trade_nos
from shared.payments.provider import Provider, ProviderFailed
from shared.payments.record import record

FIRST_PAUSE = 10  # seconds; doubled each time
LONGEST_PAUSE = 86400
AFTER_DEADLINE = 1  # seconds after which an order that was not paid in time is asked about

_EXPECT = """
INSERT INTO payment_intents (order_id, ask_at)
SELECT id, least(clock_timestamp() + make_interval(secs => :first), expires_at + make_interval(secs => :after))
FROM orders WHERE id = :order_id
ON CONFLICT (order_id) DO UPDATE SET asked = 0, ask_at = least(payment_intents.ask_at, excluded.ask_at)
"""
_LEASE = """
UPDATE payment_intents SET ask_at = clock_timestamp() + interval '30 s'
FROM orders
WHERE orders.id = order_id AND order_id = (
    SELECT order_id FROM payment_intents WHERE ask_at <= statement_timestamp()
    ORDER BY ask_at LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING order_id, order_number, recoveries, asked, ask_at AS leased_until
"""
_LEFT = f"""
SELECT CASE WHEN status = {OrderStatus.UNPAID} AND expires_at > statement_timestamp()
            THEN extract(epoch FROM expires_at - clock_timestamp())::float END
FROM orders WHERE id = :order_id
"""  # noqa: S608 - our own enum
_NEXT = """
UPDATE payment_intents SET asked = :asked, ask_at = clock_timestamp() + make_interval(secs => :pause)
WHERE order_id = :order_id AND ask_at = :leased_until
"""
_FORGET = "DELETE FROM payment_intents WHERE order_id = :order_id AND ask_at = :leased_until"


@dataclass(frozen=True)
class Inquiry:
    """One order the provider was asked about; `settled` is what became of money it had, `failure` why it is unknown."""

    order_number: str
    settled: Settled | None = None
    failure: str = ""


def expect(session: Session, order_id: int) -> None:
    """Note that the user was sent to pay; the provider is asked from `FIRST_PAUSE` seconds on."""
    session.execute(text(_EXPECT), {"order_id": order_id, "first": FIRST_PAUSE, "after": AFTER_DEADLINE})


def ask_next(session: Session, provider: Provider, recover_within: int = RECOVER_WITHIN) -> Inquiry | None:
    """Ask about one order that is due and settle what the provider has; None when none is due.

    Begins with no transaction open; commits. A provider that fails is asked again soon, for as long as that takes.
    Money that comes more than `recover_within` seconds after the order was closed goes back.
    """
    due = session.execute(text(_LEASE)).mappings().one_or_none()
    session.commit()
    if due is None:
        return None
    number = due["order_number"]
    try:
        answers = [provider.ask(each) for each in out_trade_nos(number, due["recoveries"])]
        settled = [record(session, receipt, recover_within) for receipt in answers if receipt is not None]
    except (ProviderFailed, Refused) as failure:
        session.rollback()
        return Inquiry(number, failure=str(failure))
    _schedule(session, dict(due))
    session.commit()
    return Inquiry(number, next((each for each in settled if each.is_new), settled[0] if settled else None))


def next_pause(asked: int, left: float | None) -> tuple[int, float] | None:
    """How often an order will have been asked about, and in how many seconds it is next; None for never.

    `left` are the seconds an unpaid order has; once they are over the asking begins anew, because that is
    when money comes late. After a day of it the provider itself has long given up.
    """
    pause = FIRST_PAUSE * 2.0 ** min(asked, 30)
    if left is None:
        return (asked + 1, pause) if pause <= LONGEST_PAUSE else None
    until_deadline, pause = left + AFTER_DEADLINE, min(pause, LONGEST_PAUSE)
    return (0, until_deadline) if until_deadline <= pause else (asked + 1, pause)


def _schedule(session: Session, due: dict[str, Any]) -> None:
    upcoming = next_pause(due["asked"], session.scalars(text(_LEFT), due).one())
    if upcoming is None:
        session.execute(text(_FORGET), due)
    else:
        session.execute(text(_NEXT), due | {"asked": upcoming[0], "pause": upcoming[1]})
