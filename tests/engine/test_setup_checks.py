"""What is set up badly is said in one line with its remedy, and stops the listener only where nothing can work."""

import pytest
from flask_migrate import upgrade
from redis import Redis

from config import SANDBOX_WARNING
from expiry_listener.primary import Primary
from expiry_listener.setup_checks import clock_check, primary_checks, timers_elsewhere
from lapse import timers
from lapse.clock import DatabaseClock
from lapse.redis_client import connect
from shared.order_status import OrderStatus
from shared.stores import redis_keys
from shared.timeouts import OF_ORDERS, TIMEOUTS
from tests.engine.conftest import eventually


@pytest.fixture
def clock(sessions) -> DatabaseClock:
    clock = DatabaseClock()
    with sessions() as session:
        clock.observe(session)
    return clock


@pytest.fixture
def other_database(redis_url):
    """A client of another logical database of the same server."""
    with connect(f"{redis_url.removesuffix('/0')}/3", timeout=5) as client:
        yield client


def test_a_primary_set_up_badly_is_explained(start_listener, redis):
    redis.config_set("maxmemory", "1gb")
    redis.config_set("maxmemory-policy", "allkeys-lru")
    try:
        [advice] = start_listener().status.warnings()
    finally:
        redis.config_set("maxmemory", "0")
        redis.config_set("maxmemory-policy", "noeviction")
    assert "set it to noeviction" in advice


def test_notifications_that_cannot_be_switched_on(redis, valkey):
    """As with a managed service: CONFIG is forbidden, and so the sweep does the work."""
    redis.execute_command("ACL", "SETUSER", "managed", "on", ">pw", "~*", "&*", "+@all", "-config")
    primary = Primary("p", Redis(port=valkey.port, username="managed", password="pw"), 0)
    try:
        assert not primary.announce_expired_keys()
        [advice] = primary_checks(primary, DatabaseClock())
    finally:
        redis.execute_command("ACL", "DELUSER", "managed")
        primary.redis.close()
    assert "cannot be set from here" in advice


def test_notifications_switched_off_behind_our_back(start_listener, redis):
    listener = start_listener(sweep_interval=0.2)
    assert listener.status.warnings() == []
    redis.config_set("notify-keyspace-events", "K$")
    eventually(lambda: any("lacks Ex; set it to Ex" in line for line in listener.status.warnings()))
    redis.config_set("notify-keyspace-events", "KEx$")
    eventually(lambda: listener.status.warnings() == [])


def test_a_replica(redis, clock):
    redis.replicaof("127.0.0.1", 1)
    try:
        [advice] = primary_checks(Primary("p", redis), clock)
    finally:
        redis.replicaof("NO", "ONE")
    assert "let REDIS_URL name the primary" in advice


def test_clocks_that_differ(redis, clock):
    class Ahead(DatabaseClock):
        is_set = True

        def milliseconds(self) -> int:
            return clock.milliseconds() + 5000

    redis.config_set("notify-keyspace-events", "Ex")
    assert primary_checks(Primary("p", redis), clock) == []
    [of_redis] = primary_checks(Primary("p", redis), Ahead())
    assert "by -5.0 s" in of_redis
    now = clock.milliseconds() / 1000
    assert clock_check(clock, now) == []
    [of_app] = clock_check(Ahead(), now)
    assert of_app.startswith("app: ")
    assert "run NTP" in of_app


def test_timers_set_in_another_database(shop, sessions, start_listener, other_database):
    """The web process's REDIS_URL ends in another number."""
    listener = start_listener(sweep_interval=0.2)
    [order] = shop.orders(shop.user("u"), due_in=60)
    with sessions() as session:
        timers.arm(session, other_database, OF_ORDERS, [order])
    eventually(lambda: listener.status.warnings() != [])
    [advice] = listener.status.warnings()
    assert "database 3 holds timers of the same orders as ours, 0; let REDIS_URL name one" in advice
    shop.execute("UPDATE orders SET status = 2")
    eventually(lambda: listener.status.warnings() == [])


def test_another_shop_in_another_database_is_nobodys_business(shop, sessions, redis, other_database):
    [order] = shop.orders(shop.user("u"), due_in=60)
    other_database.zadd(redis_keys.ENGINE.deadlines("order"), {redis_keys.order_timer(order): 4_000_000_000_000})
    other_database.set("something", "else")
    with sessions() as session:
        assert timers_elsewhere(Primary("p", redis), TIMEOUTS, session) == []


def test_connections_of_its_own_are_not_counted_by_the_pool(redis):
    """A subscription is made anew after each loss, and another database asked at each look: for months."""
    primary = Primary("p", redis)
    for _ in range(redis.connection_pool.max_connections + 1):
        with primary.connection():
            pass
    assert redis.ping()


class TestWithoutMigrations:
    @pytest.fixture
    def database_url(self, empty_database) -> str:
        return empty_database

    @pytest.mark.processes
    def test_it_says_so_lives_on_and_recovers(self, shop, app, listener_process):
        listener = listener_process(ready=False, SWEEP_INTERVAL=0.5)
        missing = "database: migrations are missing; run `flask --app wsgi db upgrade`"
        eventually(lambda: f'"detail": "{missing}"' in listener.get("/readyz").text)  # and not a word of anything else
        answer = listener.get("/readyz")
        assert (answer.status, answer.json["warnings"]) == (503, [SANDBOX_WARNING])
        assert listener.log.read_text().count('"database: migrations are missing') == 1
        with app.app_context():
            upgrade()
        eventually(listener.is_ready)
        shop.orders(shop.user("u"))
        eventually(lambda: shop.count(OrderStatus.TIMED_OUT) == 1)
        assert listener.stop() == 0


def test_a_column_that_is_not_there_yet_is_no_orders_fault(shop, start_listener, redis, caplog):
    """The code was deployed before its migration: nothing is put aside, and all goes on when the column is there."""
    start_listener()
    ids = shop.orders(shop.user("u"), 4)
    shop.execute("ALTER TABLE users RENAME credit TO credits")
    redis.publish("__keyevent@0__:expired", redis_keys.order_timer(ids[0]))
    eventually(lambda: "kind order: events failed" in caplog.text)
    eventually(lambda: "kind order: sweep failed" in caplog.text)
    assert shop.scalar("SELECT count(*) FROM quarantined_timeouts") == 0
    shop.execute("ALTER TABLE users RENAME credits TO credit")
    eventually(lambda: shop.count(OrderStatus.TIMED_OUT) == 4)
