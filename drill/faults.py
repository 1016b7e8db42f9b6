"""What breaks, and how it is whole again. Each fault is a generator: it breaks, says for how long, and mends."""

import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from random import Random

from redis import Redis

from drill.books import open_orders
from drill.cluster import Node
from drill.serving import DATABASE
from drill.stack import LISTENERS, Stack
from embedded.process import wait_for
from lapse.keys import expired_channel
from lapse.shards import tag_in
from shared.stores import redis_keys

CHANNEL = expired_channel(0)
PATIENCE = 60.0  # seconds; a bound against hanging, not a measurement
KEY_LENGTH = 2**19
BURST = 100  # keys at the most: the sockets on the way hold some ten megabytes
BUFFER_LIMIT = "pubsub 262144 262144 1"
USUAL_LIMIT = "pubsub 33554432 8388608 60"

Fault = Callable[[Stack, Random], Iterator[float]]


def listener_killed(stack: Stack, random: Random) -> Iterator[float]:
    """SIGKILL; the process manager starts it again."""
    stack.daemons[random.choice(LISTENERS)].kill()
    yield 0


def both_listeners_killed(stack: Stack, random: Random) -> Iterator[float]:
    """Nobody listens for a moment."""
    for name in LISTENERS:
        stack.daemons[name].kill()
    yield 0


def listener_stopped(stack: Stack, random: Random) -> Iterator[float]:
    """SIGSTOP: alive for the kernel and for Redis, and does nothing."""
    yield from _stopped(stack, random.choice(LISTENERS), random.uniform(1, 8))


def web_killed(stack: Stack, random: Random) -> Iterator[float]:
    """SIGKILL to the web's master and workers."""
    stack.web.kill()
    yield 0


def web_worker_killed(stack: Stack, random: Random) -> Iterator[float]:
    """SIGKILL to one of the web's workers."""
    if workers := stack.web.workers:
        random.choice(workers).kill()
    yield 0


def web_worker_stopped(stack: Stack, random: Random) -> Iterator[float]:
    """SIGSTOP to one of the web's workers, whatever it has locked."""
    if workers := stack.web.workers:
        worker = random.choice(workers)
        worker.suspend()
        yield random.uniform(1, 5)
        if worker.is_running():
            worker.resume()


def subscribers_cut_off(stack: Stack, random: Random) -> Iterator[float]:
    """CLIENT KILL of every subscription on one primary."""
    _primary(stack, random).admin.client_kill_filter(_type="pubsub")
    yield 0


def clients_cut_off(stack: Stack, random: Random) -> Iterator[float]:
    """CLIENT KILL of every ordinary connection to one primary."""
    _primary(stack, random).admin.client_kill_filter(_type="normal", skipme=True)
    yield 0


def redis_emptied(stack: Stack, random: Random) -> Iterator[float]:
    """FLUSHALL, of one primary or of all."""
    primaries = stack.cluster.primaries()
    for node in primaries if random.random() < 0.5 else [random.choice(primaries)]:
        node.admin.flushall()
    yield 0


def notifications_off(stack: Stack, random: Random) -> Iterator[float]:
    """CONFIG SET notify-keyspace-events "", by somebody who wants them back after a while."""
    node = _primary(stack, random)
    before = node.admin.config_get("notify-keyspace-events")["notify-keyspace-events"]
    node.admin.config_set("notify-keyspace-events", "")
    yield random.uniform(2, 8)
    node.admin.config_set("notify-keyspace-events", before or "Ex")


def false_events(stack: Stack, random: Random) -> Iterator[float]:
    """Every open order is announced as expired, early and on every primary, and so is garbage."""
    keys = [redis_keys.order_timer(order) for order in open_orders(stack)]
    pipeline = _primary(stack, random).admin.pipeline(transaction=False)
    for key in [*keys, "order:timeout:0", "order:timeout:x", "order:timeout:99999999999999999999", "\N{SNOWMAN}"]:
        pipeline.publish(CHANNEL, key)
    pipeline.execute()
    yield 0


def buffer_overflown(stack: Stack, random: Random) -> Iterator[float]:
    """A burst while a listener reads nothing: Redis cuts the subscription off and forgets what it had for it."""
    node = _primary(stack, random)
    node.admin.config_set("client-output-buffer-limit", BUFFER_LIMIT)
    try:
        for pause in _stopped(stack, random.choice(LISTENERS), 1.0):
            _overflow(node)
            yield pause
    finally:
        node.admin.config_set("client-output-buffer-limit", USUAL_LIMIT)


def primary_killed(stack: Stack, random: Random) -> Iterator[float]:
    """SIGKILL to a primary; its replica is promoted, and it comes back as a replica."""
    node = _primary(stack, random)
    node.kill()
    try:
        wait_for(lambda: len(stack.cluster.primaries()) == 3, PATIENCE)
        yield random.uniform(0, 3)
    finally:
        node.start()
        wait_for(stack.cluster.is_whole, PATIENCE)


def slots_moved(stack: Stack, random: Random) -> Iterator[float]:
    """Some hundred slots, with the keys in them, go to another primary."""
    giver, taker = random.sample(stack.cluster.primaries(), 2)
    low, high = max(giver.slots(), key=lambda each: each[1] - each[0])
    first = random.randint(low, max(low, high - 300))
    last = min(first + 300, high)
    giver.admin.execute_command("CLUSTER", "MIGRATESLOTS", "SLOTSRANGE", first, last, "NODE", taker.id)
    wait_for(lambda: any(begin <= first and last <= end for begin, end in taker.slots()), 20)
    yield 0


def database_restarted(stack: Stack, random: Random) -> Iterator[float]:
    """An immediate shutdown, as in a crash, and a start with recovery."""
    port = stack.postgres.port
    stack.serving.set(DATABASE, "its process", True)
    stack.postgres.kill()
    yield random.uniform(0, 3)
    stack.postgres.start(port)
    stack.serving.set(DATABASE, "its process", False)


def database_connections_cut(stack: Stack, random: Random) -> Iterator[float]:
    """Every connection of one process to PostgreSQL is reset."""
    stack.routes[random.choice(list(stack.routes))].cut()
    yield 0


def database_swallowed(stack: Stack, random: Random) -> Iterator[float]:
    """The way of one process to PostgreSQL leads nowhere; afterwards what was held back arrives, or is reset."""
    name = random.choice(list(stack.routes))
    stack.serving.set(name, "its way to PostgreSQL", True)
    stack.routes[name].swallow()
    yield random.uniform(1, 8)
    if random.random() < 0.5:
        stack.routes[name].cut()
    stack.routes[name].let_through()
    stack.serving.set(name, "its way to PostgreSQL", False)


def redis_connections_cut(stack: Stack, random: Random) -> Iterator[float]:
    """Every connection to one primary is reset."""
    _primary(stack, random).proxy.cut()
    yield 0


def redis_swallowed(stack: Stack, random: Random) -> Iterator[float]:
    """One primary answers nobody, while the cluster sees it well."""
    proxy = _primary(stack, random).proxy
    proxy.swallow()
    yield random.uniform(1, 8)
    if random.random() < 0.5:
        proxy.cut()
    proxy.let_through()


def clock_skewed(stack: Stack, random: Random) -> Iterator[float]:
    """A listener is started on a machine whose clock is wrong by minutes."""
    daemon = stack.daemons[random.choice(LISTENERS)]
    daemon.skew = random.choice((-1, 1)) * random.uniform(5, 600)
    daemon.kill()
    yield random.uniform(5, 12)
    daemon.skew = 0.0
    daemon.kill()


OF_PROCESSES: tuple[Fault, ...] = (
    listener_killed, both_listeners_killed, listener_stopped, web_killed, web_worker_killed, web_worker_stopped,
    clock_skewed, buffer_overflown,
)  # fmt: skip
OF_STORES: tuple[Fault, ...] = (
    subscribers_cut_off, clients_cut_off, redis_emptied, notifications_off, false_events, primary_killed, slots_moved,
    database_restarted, database_connections_cut, database_swallowed, redis_connections_cut, redis_swallowed,
)  # fmt: skip


def _stopped(stack: Stack, name: str, seconds: float) -> Iterator[float]:
    stack.serving.set(name, "SIGSTOP", True)
    try:
        stack.daemons[name].signal(signal.SIGSTOP)
        yield seconds
    finally:
        with suppress(ProcessLookupError):
            stack.daemons[name].signal(signal.SIGCONT)
        stack.serving.set(name, "SIGSTOP", False)


def _primary(stack: Stack, random: Random) -> Node:
    return random.choice(stack.cluster.primaries())


def _overflow(node: Node) -> None:
    """Let keys with long names expire until a subscriber that does not read them is cut off. Raises RuntimeError."""
    client, before = node.admin, _overflows(node.admin)
    tag = tag_in(range(node.slots()[0][0], node.slots()[0][1] + 1))
    for number in range(BURST):
        key = f"{{{tag}}}{number}:".ljust(KEY_LENGTH, "x")
        client.set(key, "", px=1)
        if not wait_for(partial(_is_gone, client, key), 5) or _overflows(client) > before:
            break
    if not wait_for(lambda: _overflows(client) > before, 5):
        raise RuntimeError("the burst did not overflow the buffer")


def _is_gone(client: Redis, key: str) -> bool:
    return not client.exists(key)


def _overflows(client: Redis) -> int:
    return int(client.info("stats")["client_output_buffer_limit_disconnections"])
