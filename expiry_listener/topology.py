"""Which primaries there are at this moment, and where what lives."""

from typing import cast

from redis import Redis
from redis.cluster import ClusterNode, RedisCluster
from redis.crc import key_slot
from redis.sentinel import SentinelConnectionPool

from expiry_listener.primary import Primary
from shared.redis_client import LazyCluster, database_of, is_cluster
from shared.shards import SHARDS, SLOTS, TAGS


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
    shards = tuple(shard for shard in range(SHARDS) if key_slot(TAGS[shard].encode()) in here)
    return Primary(node.name, cluster.get_redis_connection(node), tag=tag, shards=shards)
