"""Which primaries there are: starts what a new one needs, and stops what was for one that is gone."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event, Thread
from typing import cast

from redis import Redis
from redis.cluster import ClusterNode, RedisCluster
from redis.crc import key_slot
from redis.sentinel import SentinelConnectionPool

from expiry_listener.primary import Primary
from expiry_listener.status import Status
from lapse.redis_client import LazyCluster, database_of, is_cluster
from lapse.shards import SLOTS, TAGS

log = logging.getLogger(__name__)

INTERVAL = 1.0  # seconds between looks


@dataclass
class _Group:
    primary: Primary
    stop: Event
    threads: list[Thread]


class Topology:
    """Follows the primaries. `start_on` starts the threads of one; `reconcile` is called after every change."""

    def __init__(
        self,
        redis: Redis,
        start_on: Callable[[Primary, Event], list[Thread]],
        reconcile: Callable[[], None],
        status: Status,
        stop: Event,
    ) -> None:
        self._redis = redis
        self._start_on = start_on
        self._reconcile = reconcile
        self._status = status
        self._stop = stop
        self._groups: dict[str, _Group] = {}

    def run(self) -> None:
        """Look until told to stop. Raises RedisError when nobody can say which primaries there are."""
        while not self._stop.is_set():
            self._look()
            self._stop.wait(INTERVAL)

    def stop(self) -> list[Thread]:
        """Tell all threads to stop, and return them."""
        for group in list(self._groups.values()):
            group.stop.set()
        return [thread for group in list(self._groups.values()) for thread in group.threads]

    def _look(self) -> None:
        found = {primary.name: primary for primary in primaries_of(self._redis)}
        gone = [name for name, group in self._groups.items() if group.primary != found.get(name)]
        for name in gone:
            self._groups.pop(name).stop.set()
            self._status.forget(name)
        new = [primary for name, primary in found.items() if name not in self._groups]
        for primary in new:
            stop = Event()
            self._groups[primary.name] = _Group(primary, stop, self._start_on(primary, stop))
        if gone or new:
            log.info("topology", extra={"primaries": sorted(found), "gone": gone})
            self._reconcile()


def primaries_of(redis: Redis) -> list[Primary]:
    """Ask Redis for its primaries. Raises RedisError when nobody can say."""
    if is_cluster(redis):
        return _in_cluster(cast(LazyCluster, redis).client())
    pool = redis.connection_pool
    if isinstance(pool, SentinelConnectionPool):
        host, port = pool.sentinel_manager.discover_master(pool.service_name)
        return [Primary(f"{host}:{port}", _direct(redis, host, port), database_of(redis))]
    where = redis.get_connection_kwargs()
    return [Primary(f"{where['host']}:{where['port']}", redis, database_of(redis))]


def _direct(redis: Redis, host: str, port: int) -> Redis:
    """A client of that very server, so that a failover shows as a lost connection and not as another server."""
    kept = ("db", "username", "password", "socket_timeout", "socket_connect_timeout", "protocol")
    options = redis.get_connection_kwargs()
    return Redis(host=host, port=port, **{name: options[name] for name in kept if name in options})


def _in_cluster(cluster: RedisCluster) -> list[Primary]:
    cluster.nodes_manager.initialize()
    holders = {slot: nodes[0].name for slot, nodes in cluster.nodes_manager.slots_cache.items() if nodes}
    return [_primary(cluster, node, holders) for node in cluster.get_primaries() if node.name in holders.values()]


def _primary(cluster: RedisCluster, node: ClusterNode, holders: dict[int, str]) -> Primary:
    here = {slot for slot, holder in holders.items() if holder == node.name}
    tag = next(str(number) for number in range(SLOTS * 100) if key_slot(str(number).encode()) in here)
    tags = tuple(tag for tag in TAGS if key_slot(tag.encode()) in here)
    return Primary(node.name, cluster.get_redis_connection(node), tag=tag, shard_tags=tags)
