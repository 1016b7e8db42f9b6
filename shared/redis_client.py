"""The one place that turns REDIS_URL into a client."""

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError
from redis.retry import Retry


def connect(url: str, *, timeout: float) -> Redis:
    """Return a client that gives up after `timeout` seconds; nothing is connected before the first command.

    One retry outlives a connection that a restart of Redis has cut in the pool; a Redis that is silent is not
    asked twice. RESP2, because in RESP3 a subscriber's pong is no longer told from other answers.
    """
    return Redis.from_url(
        url,
        socket_timeout=timeout,
        socket_connect_timeout=timeout,
        socket_keepalive=True,
        health_check_interval=15,
        retry=Retry(NoBackoff(), 1, supported_errors=(ConnectionError,)),
        protocol=2,
    )
