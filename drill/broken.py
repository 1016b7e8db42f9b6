"""Builds that are broken on purpose, each in one of the ways that the engine must not be. The drill must notice.

They are made by replacing parts of a listener process before it starts; the product has no switch for them.
"""

from collections.abc import Callable, Mapping
from time import sleep
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from expiry_listener.sweeper import Sweeper
from shared.order_status import Transition
from shared.orders import close as verbs
from shared.orders import give_back
from shared.orders.give_back import Closed

GAP = 0.25  # seconds between the two transactions of `apart`; a slow machine's, so that a crash finds it

_close = verbs.close


def guard() -> None:
    """The event is believed: neither the state nor the deadline is looked at under the lock."""
    _forget_the_state()
    _time_out_with("id = ANY(:ids)")


def early() -> None:
    """The event is believed as far as the time goes: `expires_at` is not looked at."""
    _time_out_with("id = ANY(:ids)")


def apart() -> None:
    """The order's state is committed by itself, and what it held is given back in a second transaction."""

    def close(session: Session, change: Transition, guard: str, params: Mapping[str, Any], **_: Any) -> list[Closed]:
        with session.get_bind().connect() as first:
            locked = f"SELECT id FROM orders WHERE status = :before AND ({guard}) FOR UPDATE SKIP LOCKED"
            update = text(f"UPDATE orders SET status = :after WHERE id IN ({locked}) RETURNING id")
            states = {"before": int(change.before), "after": int(change.after)}
            ids = first.execute(update, states | params).scalars().all()
            first.commit()
        if ids:
            sleep(GAP)
        return _close(session, change, "id = ANY(:ids)", {"ids": ids})

    _forget_the_state()
    verbs.close = close


def unreconciled() -> None:
    """The database is compared with nothing after the start: neither after a reconnection nor at intervals."""
    Sweeper.request = lambda self: None
    Sweeper._interval = lambda self: 3600.0
    Sweeper._is_left = lambda self: False


BUILDS: Mapping[str, Callable[[], None]] = {each.__name__: each for each in (guard, early, apart, unreconciled)}


def _time_out_with(guard: str) -> None:
    def close(session: Session, change: Transition, _: str, params: Mapping[str, Any], **options: Any) -> list[Closed]:
        return _close(session, change, guard, params, **options)

    verbs.close = close


def _forget_the_state() -> None:
    """Close an order from whatever state it is in."""
    before, state, after = give_back._CLOSE.partition("status = :before AND ")
    assert state, "the statement has changed; this build would be a sound one"
    give_back._CLOSE = before + after
