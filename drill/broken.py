"""Builds that are broken on purpose, each in one of the ways that the engine must not be. The drill must notice.

They are made by replacing parts of a listener process before it starts; the product has no switch for them.
"""

from collections.abc import Callable, Mapping
from time import sleep
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from expiry_listener.sweeper import Sweeper
from shared.order_status import OrderStatus
from shared.orders import close as verbs
from shared.orders.give_back import Closed

GAP = 0.25  # seconds between the two transactions of `apart`; a slow machine's, so that a crash finds it

_close = verbs.close


def guard() -> None:
    """The event is believed: neither the state nor the deadline is looked at under the lock."""
    _time_out_with("id = ANY(:ids)")


def early() -> None:
    """The event is believed as far as the time goes: `expires_at` is not looked at."""
    _time_out_with("id = ANY(:ids) AND status = 0")


def apart() -> None:
    """The order's state is committed by itself, and what it held is given back in a second transaction."""

    def close(session: Session, to: OrderStatus, guard: str, params: Mapping[str, Any], **options: Any) -> list[Closed]:
        with session.get_bind().connect() as first:
            locked = f"SELECT id FROM orders WHERE {guard} FOR UPDATE SKIP LOCKED"
            update = text(f"UPDATE orders SET status = :to WHERE id IN ({locked}) RETURNING id")
            ids = first.execute(update, {"to": int(to), **params}).scalars().all()
            first.commit()
        if ids:
            sleep(GAP)
        return _close(session, to, "id = ANY(:ids)", {"ids": ids})

    verbs.close = close


def unreconciled() -> None:
    """The database is compared with nothing after the start: neither after a reconnection nor at intervals."""
    Sweeper.request = lambda self: None
    Sweeper._interval = lambda self: 3600.0
    Sweeper._is_left = lambda self: False


BUILDS: Mapping[str, Callable[[], None]] = {each.__name__: each for each in (guard, early, apart, unreconciled)}


def _time_out_with(guard: str) -> None:
    def close(session: Session, to: OrderStatus, _: str, params: Mapping[str, Any], **options: Any) -> list[Closed]:
        return _close(session, to, guard, params, **options)

    verbs.close = close
