"""The one subscription of a web process: hears whose events are new."""

import logging
from collections.abc import Callable, Iterable
from threading import Event
from time import monotonic

from redis import Redis
from redis.client import PubSub
from redis.exceptions import ConnectionError, RedisError

from shared.stores import redis_keys
from shared.stores.events import announced

PING_AFTER = 1.0  # seconds of silence before a ping
PONG_WITHIN = 2.0  # seconds after which an unanswered ping means a dead connection
PAUSE = 1.0  # seconds between two tries

log = logging.getLogger(__name__)


class Subscriber:
    """Tells `on_news` of the users in each message, and `on_subscribed` whenever a subscription begins to stand:
    what was announced before that was heard by nobody.
    """

    def __init__(
        self, redis: Redis, on_news: Callable[[Iterable[int]], None], on_subscribed: Callable[[], None]
    ) -> None:
        self.listening = False
        self._redis = redis
        self._on_news = on_news
        self._on_subscribed = on_subscribed
        self._stop = Event()

    def stop(self) -> None:
        """Let `run` return within PING_AFTER."""
        self._stop.set()

    def run(self) -> None:
        """Subscribe and listen until told to stop; what fails is tried again, for ever."""
        while not self._stop.is_set():
            try:
                with self._redis.pubsub() as pubsub:
                    pubsub.subscribe(redis_keys.EVENTS_CHANNEL)
                    self._listen(pubsub)
            except (RedisError, OSError) as error:
                log.warning("the streams are on their own: %s", error)
            except Exception:
                log.exception("the subscriber of the streams failed")
            self.listening = False
            self._stop.wait(PAUSE)
        self._redis.close()

    def _listen(self, pubsub: PubSub) -> None:
        pinged: float | None = None
        while not self._stop.is_set():
            message = pubsub.get_message(timeout=PING_AFTER)
            if message is not None:
                pinged = None
                self._hear(message)
            elif pinged is None:
                pubsub.ping()
                pinged = monotonic()
            elif monotonic() - pinged > PONG_WITHIN:
                raise ConnectionError("the ping was not answered")

    def _hear(self, message: dict[str, object]) -> None:
        if message["type"] == "subscribe":  # also when the client has reconnected by itself
            self.listening = True
            self._on_subscribed()
        elif isinstance(data := message["data"], bytes) and message["type"] == "message":
            self._on_news(announced(data))
