"""The payment provider of the running app, and what a request has it do."""

import logging
from threading import BoundedSemaphore
from typing import cast

from flask import Flask, current_app
from redis import Redis
from sqlalchemy.orm import Session, sessionmaker

from config import Settings
from shared import effects, payments
from shared.order_status import OrderStatus
from shared.orders import Receipt
from shared.stores import events
from webapp import sandbox
from webapp.current import after_commit, session, settings
from webapp.database import db, start_the_clock
from webapp.hosts import ourselves

MOST_CALLS = 4
"""Requests that may wait for the provider at a time: were it silent, all the others would wait for those."""

log = logging.getLogger(__name__)


def init_app(app: Flask, settings: Settings) -> None:
    """Keep the provider with the app; for the sandbox, serve its cashier."""
    with app.app_context():
        sessions = sessionmaker(db.engine)
    app.extensions["provider"] = payments.open_provider(settings.alipay, sessions)
    app.extensions["provider_calls"] = BoundedSemaphore(MOST_CALLS)
    if settings.payment_provider == "sandbox":
        sandbox.init_app(app)


def provider() -> payments.Provider:
    """The provider of this app. What waits for it goes through `ask` and `give_back_now`."""
    return cast(payments.Provider, current_app.extensions["provider"])


def own_url(path: str) -> str:
    """The path as the provider and the browsers it sends back find it."""
    return ourselves(settings()) + path


def record(receipt: Receipt) -> None:
    """Settle money that the provider told of. Raises NotFound, or Conflict when it is another order's."""
    settled = payments.record(session(), receipt, settings().recover_within)
    if settled.is_new:
        after_commit(effects.changed, settled.order)


def ask(out_trade_no: str, status: int) -> None:
    """Settle what the provider has for the trade of an order of that state, if there may be something new.

    Ends the transaction. When the provider does not answer, or enough requests wait for it already, the listener
    asks later.
    """
    session().commit()
    if status in (OrderStatus.PAID, OrderStatus.REFUNDED) or not _calls().acquire(blocking=False):
        return
    try:
        receipt = provider().ask(out_trade_no)
    except payments.ProviderFailed as failure:
        log.warning("the provider was asked about %s in vain: %s", out_trade_no, failure)
        return
    finally:
        _returned()
    if receipt is not None:
        record(receipt)


def give_back_now(order_id: int) -> None:
    """Have the provider give an order's money back; whatever keeps it from that is left to the listener."""
    if _calls().acquire(blocking=False):
        try:
            after_commit(_give_back, order_id)
        finally:
            _returned()


def _give_back(session: Session, redis: Redis, order_id: int) -> None:
    tried = payments.refund_next(session, provider(), order_id)
    if tried and tried.failure:
        log.warning("the refund for %s failed: %s", tried.order_number, tried.failure)
    elif tried:
        events.announce(redis, [tried.user_id])


def _returned() -> None:
    """Let the next one call; the time it took is not what the request may wait for PostgreSQL."""
    _calls().release()
    start_the_clock()


def _calls() -> BoundedSemaphore:
    return cast(BoundedSemaphore, current_app.extensions["provider_calls"])
