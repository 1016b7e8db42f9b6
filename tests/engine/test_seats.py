"""A stranger's application: lapse installed by pip into an environment of its own, beside a shop on the same Redis."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PathDistribution
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from config import ROOT
from embedded.process import free_port, wait_for
from lapse.database import engine_url
from shared.order_status import OrderStatus
from tests.conftest import administrate, sibling
from tests.engine.shop import Shop

PATIENCE = 30.0  # seconds; a bound against hanging, not a measurement

pytestmark = pytest.mark.processes


@pytest.fixture(scope="session")
def elsewhere(tmp_path_factory) -> Path:
    """The python of an environment that has lapse as `pip install .` gives it, and Flask for the example's view."""
    folder = tmp_path_factory.mktemp("elsewhere")
    source = folder / "source"
    shutil.copytree(ROOT, source, ignore=shutil.ignore_patterns(".*", "node_modules", "dist", "__pycache__"))
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    python = folder / "venv" / "bin" / "python"
    quiet = ["--quiet", "--disable-pip-version-check"]
    subprocess.run([python, "-m", "pip", "install", *quiet, source, "flask"], check=True)
    return python


@pytest.fixture
def seats_url(postgres) -> Iterator[str]:
    administrate(postgres, "CREATE DATABASE seats OWNER lapse")
    yield sibling(postgres.url, "seats")
    administrate(postgres, "DROP DATABASE seats WITH (FORCE)")


class Seats:
    """The example with a `config.py` of its own, which nobody may take for Lapse's."""

    def __init__(self, folder: Path, python: Path, database_url: str, redis_url: str) -> None:
        self.folder = folder
        shutil.copy(ROOT / "examples" / "seats" / "seats.py", folder)
        (folder / "config.py").write_text("raise RuntimeError('this is the config of seats')\n")
        self._python = python
        self._environment = {
            "PATH": os.environ["PATH"],
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "SWEEP_INTERVAL": "1",
            "HOLD_SECONDS": "2",
        }
        self._engine = create_engine(engine_url(database_url), poolclass=NullPool)
        self._started: list[subprocess.Popen[bytes]] = []

    def run(self, *arguments: str) -> str:
        """What `python ARGUMENTS…` prints."""
        done = subprocess.run(
            [self._python, *arguments], cwd=self.folder, env=self._environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def listen(self) -> subprocess.Popen[bytes]:
        """Start `python -m expiry_listener seats:timeouts`; it is subscribed when this returns."""
        log = self.folder / f"listener-{len(self._started)}.log"
        environment = self._environment | {"LISTENER_PORT": str(free_port())}
        command = [str(self._python), "-m", "expiry_listener", "seats:timeouts"]
        with log.open("wb") as output:
            process = subprocess.Popen(command, cwd=self.folder, env=environment, stdout=output, stderr=output)
        self._started.append(process)
        assert wait_for(lambda: '"subscribed"' in log.read_text(), PATIENCE), log.read_text()
        return process

    def hold(self, seat: str) -> int:
        """Hold a seat through the view; the booking's id."""
        view = f"import seats; print(seats.app.test_client().post('/seats/{seat}/hold').get_data(as_text=True))"
        return json.loads(self.run("-c", view))["id"]

    def scalar(self, query: str, **values: object) -> object:
        with self._engine.connect() as connection:
            return connection.scalar(text(query), values)

    def is_released(self, booking: int) -> bool:
        released = "SELECT status = 'released' AND EXISTS (SELECT FROM releases WHERE booking_id = :id)"
        return bool(self.scalar(f"{released} FROM bookings WHERE id = :id", id=booking))

    def close(self) -> None:
        for process in self._started:
            process.kill()
            process.wait()
        self._engine.dispose()


@pytest.fixture
def seats(tmp_path, elsewhere, seats_url, redis_url, redis) -> Iterator[Seats]:
    app = Seats(tmp_path, elsewhere, seats_url, redis_url)
    app.run("-m", "flask", "--app", "seats", "migrate")
    yield app
    app.close()


def eventually(condition) -> None:
    assert wait_for(condition, PATIENCE), "it did not come true"


def test_a_seat_is_free_again_beside_a_shop_on_the_same_redis(seats, redis, start_listener, sessions):
    start_listener()  # the shop's
    shop = Shop(sessions)
    listener = seats.listen()
    booking = seats.hold("1A")
    assert redis.exists(f"seats:timer:booking:{booking}") == 1
    eventually(lambda: seats.is_released(booking))
    assert seats.scalar("SELECT min(late_seconds) >= 0 FROM releases")

    kept = seats.hold("2B")
    redis.flushall()
    eventually(lambda: redis.exists(f"seats:timer:booking:{kept}") == 1 or seats.is_released(kept))
    eventually(lambda: seats.is_released(kept))

    listener.send_signal(signal.SIGKILL)
    listener.wait()
    orphan = seats.hold("3C")
    eventually(lambda: seats.scalar("SELECT held_until < now() FROM bookings WHERE id = :id", id=orphan))
    assert not seats.is_released(orphan)
    seats.listen()
    eventually(lambda: seats.is_released(orphan))

    [order] = shop.orders(shop.user("u"))
    redis.publish("__keyevent@0__:expired", f"order:timeout:{order}")
    eventually(lambda: shop.status(order) is OrderStatus.TIMED_OUT)


def test_it_needs_five_packages_and_takes_nothing_of_the_shop(seats, elsewhere):
    [metadata] = elsewhere.parent.parent.glob("lib/python*/site-packages/lapse-*.dist-info")
    needed = [line for line in PathDistribution(metadata).requires or () if "extra ==" not in line]
    assert len(needed) == 5, needed
    loaded = json.loads(
        seats.run("-c", "import json, sys, expiry_listener.__main__; print(json.dumps([*sys.modules]))")
    )
    tops = {name.partition(".")[0] for name in loaded}
    assert tops.isdisjoint({"shared", "webapp", "config", "flask", "alembic", "alipay", "embedded"})
