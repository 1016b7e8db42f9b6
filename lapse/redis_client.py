"""The one place that turns REDIS_URL into a client."""

from collections.abc import Callable
from threading import Lock
from typing import Any, cast

from redis import Redis, RedisCluster, Sentinel
from redis.backoff import NoBackoff
from redis.cluster import ClusterNode
from redis.exceptions import ConnectionError, RedisClusterException
from redis.retry import Retry

from lapse.redis_url import RedisAddress, parse


def connect(url: str, *, timeout: float) -> Redis:
    """Return a client that gives up after `timeout` seconds; nothing is connected before the first command.

    A cluster's client has the same methods. One retry outlives a connection that a restart of Redis has cut in
    the pool; a Redis that is silent is not asked twice. RESP2, because in RESP3 a subscriber's pong is no longer
    told from other answers.
    """
    address = parse(url)
    options: dict[str, Any] = {
        "socket_timeout": timeout,
        "socket_connect_timeout": timeout,
        "socket_keepalive": True,
        "health_check_interval": 15,
        "protocol": 2,
        "username": address.username,
        "password": address.password,
    }
    match address.topology:
        case "standalone":
            return Redis.from_url(url, retry=_once(), **options)
        case "sentinel":
            sentinel = Sentinel(address.hosts, sentinel_kwargs={"socket_timeout": timeout, "protocol": 2})
            primary = sentinel.master_for(address.service, db=address.database, retry=_once(), **options)
            return cast(Redis, primary)
        case "cluster":
            return cast(Redis, LazyCluster(address, options))


# A cluster's client would by default ask a node that is silent for eleven times its timeout.
_NEVER = Retry(NoBackoff(), 0)


def is_cluster(redis: Redis) -> bool:
    """Whether the client's keys are spread over several primaries."""
    return isinstance(redis, LazyCluster)


def database_of(redis: Redis) -> int:
    """The logical database the client works in; a cluster has but one."""
    return 0 if is_cluster(redis) else int(redis.get_connection_kwargs().get("db") or 0)


class LazyCluster:
    """A cluster's client that connects at its first command, and says of every failure that Redis is away."""

    def __init__(self, address: RedisAddress, options: dict[str, Any]) -> None:
        self._address = address
        self._options = options
        self._lock = Lock()
        self._client: RedisCluster | None = None

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self.client(), name)
        return _as_connection_error(attribute) if callable(attribute) else attribute

    def pipeline(self, transaction: bool = False) -> Any:
        """A pipeline that sends each command to its primary."""
        pipeline = _as_connection_error(self.client().pipeline)(transaction=transaction)
        pipeline.execute = _as_connection_error(pipeline.execute)
        return pipeline

    def client(self) -> RedisCluster:
        """The client itself. Raises ConnectionError while no node answers."""
        with self._lock:
            if self._client is None:
                nodes = [ClusterNode(host, port) for host, port in self._address.hosts]
                make = _as_connection_error(RedisCluster)
                self._client = make(startup_nodes=nodes, require_full_coverage=False, retry=_NEVER, **self._options)
            return self._client

    def close(self) -> None:
        """Close what was opened."""
        if self._client is not None:
            self._client.close()

    def __enter__(self) -> "LazyCluster":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _once() -> Retry:
    return Retry(NoBackoff(), 1, supported_errors=(ConnectionError,))


def _as_connection_error(call: Callable[..., Any]) -> Callable[..., Any]:
    """The same call; the cluster's own exception, which is no RedisError, becomes one."""

    def translated(*args: Any, **kwargs: Any) -> Any:
        try:
            return call(*args, **kwargs)
        except RedisClusterException as error:
            raise ConnectionError(str(error)) from error

    return translated
