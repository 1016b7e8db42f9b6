"""Money that waits for the provider: refunds that are due, and users sent to pay of whom no notice came."""

import logging
from threading import Event

from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy.orm import Session

from lapse.batches import Sessions
from shared import effects
from shared.models import Order
from shared.order_status import RECOVER_WITHIN
from shared.payments.provider import Provider
from shared.payments.queries import ask_next
from shared.payments.refunds import refund_next
from shared.stores import events

log = logging.getLogger(__name__)

INTERVAL = 1.0  # seconds between looks when nothing is due


class PaymentPoller:
    """Does one refund and asks about one order in turn, so that neither keeps the other waiting.

    A late payment is honoured within `recover_within` seconds.
    """

    def __init__(
        self, sessions: Sessions, redis: Redis, provider: Provider, stop: Event, recover_within: int = RECOVER_WITHIN
    ) -> None:
        self._sessions = sessions
        self._redis = redis
        self._provider = provider
        self._stop = stop
        self._recover_within = recover_within

    def run(self) -> None:
        """Work until told to stop. Raises SQLAlchemyError when the database is away."""
        while not self._stop.is_set():
            if not any((self.refund(), self.ask())):
                self._stop.wait(INTERVAL)

    def refund(self) -> bool:
        """Try one refund that is due; False when none is."""
        with self._sessions() as session:
            tried = refund_next(session, self._provider)
        if tried is None:
            return False
        log.info("refund", extra={"order_number": tried.order_number, "failure": tried.failure})
        if not tried.failure:
            self._tell_streams(tried.user_id)
        return True

    def ask(self) -> bool:
        """Ask about one order that is due; False when none is."""
        with self._sessions() as session:
            inquiry = ask_next(session, self._provider, self._recover_within)
            if inquiry is None:
                return False
            if inquiry.settled or inquiry.failure:
                log.info("inquiry", extra={"order_number": inquiry.order_number, "failure": inquiry.failure})
            if inquiry.settled and inquiry.settled.is_new:
                self._tell_redis(session, inquiry.settled.order)
        return True

    def _tell_redis(self, session: Session, order: Order) -> None:
        try:
            effects.changed(session, self._redis, order)
        except RedisError as error:
            log.warning("redis was not told of a payment: %s", error)

    def _tell_streams(self, user_id: int) -> None:
        try:
            events.announce(self._redis, [user_id])
        except RedisError as error:
            log.warning("redis was not told of a refund: %s", error)
