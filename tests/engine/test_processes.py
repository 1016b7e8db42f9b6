"""Real listener processes, really killed."""

import json
import signal
import socket

import pytest
from sqlalchemy import text

from embedded.process import free_port
from lapse import timers
from shared.order_status import OrderStatus
from shared.stores import redis_keys
from shared.timeouts import OF_ORDERS
from tests.engine.conftest import eventually
from tests.engine.shop import CREDIT
from tests.processes import PATIENCE, Process

pytestmark = pytest.mark.processes

HALT_LEDGER = """
CREATE FUNCTION halt() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM pg_advisory_xact_lock_shared(42); RETURN NEW; END $$;
CREATE TRIGGER halt BEFORE INSERT ON ledger FOR EACH STATEMENT EXECUTE FUNCTION halt();
"""
IN_BATCH = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


def test_kill_9_in_the_middle_of_a_batch_loses_nothing(shop, sessions, listener_process):
    shop.execute(HALT_LEDGER)
    user = shop.user("u")
    ids = shop.orders(user, 500)
    with sessions() as blocker:
        blocker.execute(text("SELECT pg_advisory_lock(42)"))
        listener = listener_process(ready=False)
        eventually(lambda: shop.scalar(IN_BATCH) == 1)
        assert listener.stop(signal.SIGKILL) == -signal.SIGKILL
        blocker.execute(text("SELECT pg_advisory_unlock(42)"))
    listener_process()
    eventually(lambda: shop.count(OrderStatus.TIMED_OUT) == 500)
    assert shop.credit(user) == 500 * CREDIT
    assert shop.give_backs(ids) == 500


def hear_a_canary(listener: Process) -> None:
    """Wait until the listener has heard the next canary: what was announced before it has been heard then."""
    lag = listener.metric("expiry_canary_lag_seconds")
    eventually(lambda: listener.metric("expiry_canary_lag_seconds") != lag)


def test_sigterm_finishes_what_was_heard_and_exits_0(shop, sessions, redis, listener_process):
    listener = listener_process()
    shop.execute(HALT_LEDGER)
    ids = shop.orders(shop.user("u"), 200)
    with sessions() as blocker:
        blocker.execute(text("SELECT pg_advisory_lock(42)"))
        for order_id in ids:
            redis.publish("__keyevent@0__:expired", redis_keys.order_timer(order_id))
        eventually(lambda: shop.scalar(IN_BATCH) == 1)
        for _ in range(2):  # the first may have been announced before the orders
            hear_a_canary(listener)
        listener.popen.send_signal(signal.SIGTERM)
        blocker.execute(text("SELECT pg_advisory_unlock(42)"))
    assert listener.popen.wait(PATIENCE) == 0
    last = json.loads(listener.log.read_text().splitlines()[-1])
    assert last["message"] == "stopped"
    assert shop.count(OrderStatus.TIMED_OUT) + last["left_to_the_sweep"] == 200


def test_two_processes_share_the_work(shop, sessions, redis, listener_process):
    for _ in range(2):
        listener_process(SWEEP_INTERVAL=1)
    user = shop.user("u")
    ids = shop.orders(user, 300, due_in=1)
    with sessions() as session:
        timers.arm(session, redis, OF_ORDERS, ids)
    eventually(lambda: shop.count(OrderStatus.TIMED_OUT) == 300)
    assert shop.credit(user) == 300 * CREDIT


def test_three_processes_given_one_port_take_three(shop, sessions, redis, listener_process):
    """As when a process manager starts `listener=3` in one environment."""
    port = free_port()
    listeners = [listener_process(ready=False, LISTENER_PORT=port) for _ in range(3)]
    eventually(lambda: len({listener.port for listener in listeners}) == 3)
    for listener in listeners:
        listener.wait_ready()
    assert all(port <= listener.port < port + 100 for listener in listeners)
    user = shop.user("u")
    ids = shop.orders(user, 10, due_in=1)
    with sessions() as session:
        timers.arm(session, redis, OF_ORDERS, ids)
    eventually(lambda: shop.count(OrderStatus.TIMED_OUT) == 10)
    assert shop.credit(user) == 10 * CREDIT
    assert shop.give_backs(ids) == 10


def test_without_a_free_port_it_ends_with_one_line(listener_process):
    with socket.socket() as last:
        last.bind(("0.0.0.0", 65535))
        last.listen()
        listener = listener_process(ready=False, LISTENER_PORT=65535)
        assert listener.popen.wait(PATIENCE) == 1
    assert listener.log.read_text() == "LISTENER_PORT: 65535: Address already in use\n"


def test_health_metrics_and_one_line_per_batch(shop, redis, listener_process):
    listener = listener_process()
    [order] = shop.orders(shop.user("u"))
    redis.publish("__keyevent@0__:expired", redis_keys.order_timer(order))
    eventually(lambda: 'order_timeouts_total{path="event"} 1.0' in listener.get("/metrics").text)
    metrics = listener.get("/metrics").text
    for name in (
        "order_timeouts_total",
        "order_timeout_lateness_seconds",
        "order_timeout_batch_size",
        "order_timers_pending",
        "expiry_canary_lag_seconds",
        "expiry_subscription_up",
        "expiry_reconnects_total",
        "order_give_backs_total",
    ):
        assert f"# TYPE {name}" in metrics
    assert 'order_give_backs_total{kind="credit"} 1.0' in metrics
    assert listener.get("/healthz").status == 200
    assert listener.get("/nothing").status == 404
    batches = [json.loads(line) for line in listener.log.read_text().splitlines() if '"batch"' in line]
    assert [(each["path"], each["closed"]) for each in batches] == [("event", 1)]


def test_with_redis_away_it_runs_on_the_sweep_and_says_so(shop, listener_process):
    nowhere = f"redis://127.0.0.1:{free_port()}/0"
    shop.orders(shop.user("u"), 10)
    listener = listener_process(ready=False, SWEEP_INTERVAL=0.5, REDIS_URL=nowhere)
    eventually(lambda: shop.count(OrderStatus.TIMED_OUT) == 10)
    eventually(lambda: listener.get("/readyz").status == 503)
    assert "running on the sweep" in listener.get("/readyz").text
    assert listener.get("/healthz").status == 200
    assert listener.stop() == 0
