"""Three Valkey primaries and a replica of each, every one behind a proxy that it gives out as its address."""

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from drill.proxy import Network, Proxy
from embedded.process import free_port, wait_for
from embedded.valkey import ONCE, Valkey

SLOTS = 16384
PRIMARIES = 3
NODE_TIMEOUT_MS = 1500
PATIENCE = 60.0  # seconds; a bound against hanging, not a measurement


class Node:
    """One server. Clients reach it through `proxy`; the drill itself goes past it."""

    def __init__(self, folder: Path, password: str, network: Network) -> None:
        folder.mkdir(parents=True)
        (folder / "valkey.password").write_text(password)
        self._port, self.bus = free_port(), free_port()
        self.proxy: Proxy = network.proxy(self._port)
        options = {
            "cluster-enabled": "yes",
            "cluster-node-timeout": NODE_TIMEOUT_MS,
            "cluster-port": self.bus,
            "cluster-announce-ip": "127.0.0.1",
            "cluster-announce-port": self.proxy.port,
            "cluster-announce-bus-port": self.bus,
            "cluster-replica-validity-factor": 0,
            "masterauth": password,
            "repl-diskless-sync-delay": 0,
        }
        self.server = Valkey(folder, [part for name, value in options.items() for part in (f"--{name}", str(value))])
        self.server.start(self._port)
        self.admin = Redis.from_url(self.server.url, decode_responses=True, socket_timeout=5, retry=ONCE)
        self.id = str(self.admin.execute_command("CLUSTER", "MYID"))

    def kill(self) -> None:
        """End it as a crash would."""
        self.server.kill()

    def start(self) -> None:
        """Start it again at the same place."""
        self.server.start(self._port)

    def is_primary(self) -> bool:
        """Whether it answers and has slots."""
        try:
            return self.admin.info("replication")["role"] == "master" and bool(self.slots())
        except RedisError:
            return False

    def slots(self) -> list[tuple[int, int]]:
        """The ranges of slots it has, ends included. Raises RedisError."""
        rows = self.admin.execute_command("CLUSTER", "SLOTS")
        return [(row[0], row[1]) for row in rows if _text(row[2][2]) == self.id]


class Cluster:
    """All nodes, joined."""

    def __init__(self, folder: Path, password: str, network: Network) -> None:
        self._password = password
        self.nodes = [Node(folder / f"node{n}", password, network) for n in range(2 * PRIMARIES)]
        self._join()

    @property
    def url(self) -> str:
        """What clients get: some of the nodes, each by its proxy."""
        return f"redis+cluster://:{self._password}@" + ",".join(f"127.0.0.1:{n.proxy.port}" for n in self.nodes[:3])

    def primaries(self) -> list[Node]:
        """The nodes that hold slots at this moment."""
        return [node for node in self.nodes if node.is_primary()]

    def is_whole(self) -> bool:
        """Whether every node answers, sees all slots served, and every primary has a replica in step."""
        try:
            return all(node.admin.cluster("info")["cluster_state"] == "ok" for node in self.nodes) and all(
                node.admin.info("replication").get("connected_slaves") for node in self.primaries()
            )
        except RedisError:
            return False

    def close(self) -> None:
        """Stop every node."""
        with ExitStack() as stack:
            for node in self.nodes:
                stack.callback(node.server.stop)
                stack.callback(node.admin.close)

    def _join(self) -> None:
        first = self.nodes[0]
        for number, node in enumerate(self.nodes[:PRIMARIES]):
            low, high = number * SLOTS // PRIMARIES, (number + 1) * SLOTS // PRIMARIES - 1
            node.admin.execute_command("CLUSTER", "ADDSLOTSRANGE", low, high)
            node.admin.execute_command("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
        for node in self.nodes[1:]:
            node.admin.execute_command("CLUSTER", "MEET", "127.0.0.1", first.proxy.port, first.bus)
        known = str(len(self.nodes))
        _await(lambda: all(node.admin.cluster("info")["cluster_known_nodes"] == known for node in self.nodes))
        for primary, replica in zip(self.nodes[:PRIMARIES], self.nodes[PRIMARIES:], strict=True):
            _await(partial(_follows, replica, primary))
        _await(self.is_whole)


def _follows(replica: Node, primary: Node) -> bool:
    try:
        return bool(replica.admin.execute_command("CLUSTER", "REPLICATE", primary.id))
    except RedisError:  # it has not heard of the other yet
        return False


def _await(condition: Callable[[], bool]) -> None:
    if not wait_for(condition, PATIENCE):
        raise SystemExit("the cluster did not come up")


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
