"""A throw-away PostgreSQL and Valkey with orders in them, and a real listener process."""

import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

import psutil
from redis import Redis
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from bench.running import Running, run_listener
from config import ROOT
from embedded import postgres, valkey
from embedded.process import wait_for
from lapse.database import open_sessions
from lapse.keys import expired_channel
from lapse.redis_client import connect
from lapse.timers import arm
from shared.timeouts import OF_ORDERS

MIGRATE = [sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade"]
USERS = 1000
ARMED_AT_ONCE = 5000
CREDIT = 10  # credits that each order holds; each also holds a coupon of its own

_SHOP = """
INSERT INTO directions (id, name) VALUES (1, 'd');
INSERT INTO users (username, password_hash) SELECT 'u' || i, '-' FROM generate_series(1, :users) AS i;
INSERT INTO coupons (name, discount, coupon_type, get_type, sale, start_time, end_time)
VALUES ('c', 1, 0, 0, '-1', now(), now() + interval '1 year');
"""
_COUPONS = """
INSERT INTO user_coupons (user_id, coupon_id) SELECT 1 + i % :users, 1 FROM generate_series(1, :n) AS i
"""
_ORDERS = """
INSERT INTO orders
    (order_number, user_id, pay_type, total_price, real_price, credit, user_coupon_id, expires_at)
SELECT 'n' || i, 1 + i % :users, 0, 10, 8, :credit, i, :first + make_interval(secs => CAST(:spread AS float) * i / :n)
FROM generate_series(1, :n) AS i
"""
_IS_LEFT = "SELECT 1 FROM orders WHERE status = 0 ORDER BY expires_at DESC LIMIT 1"  # cheap, unlike counting
_LATENESS = """
SELECT extract(epoch FROM pg_xact_commit_timestamp(xmin) - expires_at)::float FROM orders WHERE status = 3
"""
_SECONDS = """
SELECT extract(epoch FROM max(pg_xact_commit_timestamp(xmin)) - min(expires_at)) FROM orders WHERE status = 3
"""
_VIOLATIONS = """
SELECT count(*) FROM users LEFT JOIN (
    SELECT user_id, sum(credit) AS given_back FROM orders WHERE status = 3 GROUP BY user_id
) AS closed ON user_id = users.id WHERE users.credit <> coalesce(given_back, 0)
"""


@dataclass
class Rig:
    """The stores of one measurement."""

    sessions: sessionmaker[Session]
    redis: Redis
    database_url: str
    valkey: valkey.Valkey

    @property
    def redis_url(self) -> str:
        """Where Redis is."""
        return self.valkey.url

    @property
    def variables(self) -> dict[str, str]:
        """What a process of ours must be told."""
        return {
            "DATABASE_URL": self.database_url,
            "PAYMENT_PROVIDER": "sandbox",
            "REDIS_URL": self.redis_url,
            "JWT_SECRET_KEY": "not used by a listener, but asked for all the same",
        }

    def place(self, count: int, first_in: float, spread: float, users: int = USERS) -> None:
        """Write and arm `count` unpaid orders, the first due in `first_in` seconds, over `spread` seconds."""
        with self.sessions.begin() as session:
            session.execute(text(_SHOP), {"users": users})
            session.execute(text(_COUPONS), {"n": count, "users": users})
            first = session.scalars(text("SELECT now() + make_interval(secs => :s)"), {"s": first_in}).one()
            session.execute(
                text(_ORDERS),
                {"n": count, "users": users, "credit": CREDIT, "first": first, "spread": spread},
            )
        with self.sessions.begin() as session:
            session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
            for table in ("orders", "users", "user_coupons"):
                session.execute(text(f"VACUUM ANALYZE {table}"))
        with self.sessions() as session:
            for start in range(1, count + 1, ARMED_AT_ONCE):
                arm(session, self.redis, OF_ORDERS, range(start, min(start + ARMED_AT_ONCE, count + 1)))
            if session.scalars(text("SELECT clock_timestamp() > :first"), {"first": first}).one():
                raise SystemExit("the first order was due before the last was armed")

    def fill(self, timers: int) -> None:
        """Put so many other keys with a far TTL beside the timers."""
        for start in range(0, timers, 10_000):
            pipeline = self.redis.pipeline(transaction=False)
            for number in range(start, min(start + 10_000, timers)):
                pipeline.set(f"other:{number}", 1, px=86_400_000 + number)
            pipeline.execute()

    def wait_until_closed(self, seconds: float) -> None:
        """Return when no order waits any more, or after `seconds`."""
        until = monotonic() + seconds
        while self._is_left() and monotonic() < until:
            sleep(1)

    def _is_left(self) -> bool:
        with self.sessions() as session:
            return session.scalar(text(_IS_LEFT)) is not None

    def lateness(self) -> list[float]:
        """Seconds from deadline to commit of every order timed out, both by the database's clock, sorted."""
        with self.sessions() as session:
            return sorted(session.scalars(text(_LATENESS)))

    def seconds(self) -> float:
        """Seconds from the first deadline to the last commit."""
        with self.sessions() as session:
            return float(session.scalars(text(_SECONDS)).one())

    def violations(self) -> int:
        """Users whose credit is not what their closed orders gave back."""
        with self.sessions() as session:
            return int(session.scalars(text(_VIOLATIONS)).one())

    @contextmanager
    def listener(self, *arguments: str, sweep_interval: float = 5) -> Iterator[Running]:
        """A listener process that is subscribed; `arguments` go to bench.listener instead of the real entrance."""
        module = ["bench.listener", *arguments] if arguments else ["expiry_listener"]
        others = self._subscribers()
        with run_listener(module, self.variables | {"SWEEP_INTERVAL": str(sweep_interval)}) as running:
            if not wait_for(lambda: self._subscribers() > others, 20):
                raise SystemExit("the listener did not subscribe within 20 s")
            yield running

    def _subscribers(self) -> int:
        channel = expired_channel(0)
        return int(dict(self.redis.pubsub_numsub(channel))[channel.encode()])


@contextmanager
def rig(valkey_args: Sequence[str] = ()) -> Iterator[Rig]:
    """Fresh servers with the schema and nothing else; durable, with the times of commits kept."""
    settings = {"track_commit_timestamp": "on", "shared_buffers": "256MB", "max_wal_size": "4GB"}
    with tempfile.TemporaryDirectory(prefix="lapse-bench-") as folder:
        path = Path(folder)
        with (
            postgres.running(path / "pg", settings) as pg,
            valkey.running(path / "vk", args=valkey_args) as vk,
        ):
            bench = Rig(open_sessions(pg.url), connect(vk.url, timeout=30), pg.url, vk)
            subprocess.run(MIGRATE, cwd=ROOT, env=os.environ | bench.variables, stderr=subprocess.DEVNULL, check=True)
            yield bench


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which that share of the sorted values lies."""
    return values[min(int(len(values) * share), len(values) - 1)] if values else float("nan")


def machine() -> str:
    """One line that names the machine."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    cpu = next((line for line in lines if line.startswith("model name")), ": unknown")
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{os.cpu_count()} cores ({cpu.split(':')[1].strip()}), {memory:.0f} GiB, {platform.system()} "
        f"{platform.release()}, Python {platform.python_version()}"
    )
