"""The full stack on free ports: cluster, PostgreSQL, a web process with two workers and two listeners."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random

from sqlalchemy import create_engine
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import NullPool

import embedded.postgres
from config import ROOT
from drill import witness
from drill.cluster import Cluster
from drill.daemon import Daemon
from drill.proxy import Network, Proxy
from drill.serving import Serving
from embedded.process import free_port, wait_for
from lapse.database import engine_url

ORDER_TIMEOUT = 4  # seconds
SWEEP_INTERVAL = 5.0
LISTENERS = ("listener 1", "listener 2")
PATIENCE = 60.0  # seconds; a bound against hanging, not a measurement


@dataclass(frozen=True)
class Setting:
    """What one run is like. Times are in seconds; `bound` is how late an order may be timed out."""

    seed: int
    seconds: float
    bound: float
    broken: str = ""


@dataclass
class Stack:
    """What runs. `routes` are the ways to PostgreSQL, one for each process."""

    setting: Setting
    folder: Path
    cluster: Cluster
    postgres: embedded.postgres.Postgres
    sessions: sessionmaker[Session]
    routes: dict[str, Proxy]
    daemons: dict[str, Daemon]
    serving: Serving

    @property
    def web(self) -> Daemon:
        """The web process."""
        return self.daemons["web"]

    def paths(self) -> dict[int, str]:
        """By which path each order was timed out last, as far as its listener lived to say so."""
        lines = [line for file in self.folder.glob("*.paths") for line in file.read_text().splitlines()]
        return {order: each["path"] for each in map(json.loads, lines) for order in each["orders"]}


@contextmanager
def running(setting: Setting, folder: Path, school: dict[str, object]) -> Iterator[Stack]:
    """The stack, ready, with the school loaded; nothing of it is left afterwards."""
    with ExitStack() as stack:
        network = Network()
        stack.callback(network.close)
        cluster = Cluster(folder, "drill-password", network)
        stack.callback(cluster.close)
        settings = {"track_commit_timestamp": "on", "log_min_messages": "fatal"}
        postgres = stack.enter_context(embedded.postgres.running(folder / "pg", settings))
        routes = {name: network.proxy(postgres.port) for name in ("web", *LISTENERS)}
        _prepare(folder, postgres.url, cluster.url, school)
        engine = create_engine(engine_url(postgres.url), poolclass=NullPool)
        sessions = sessionmaker(engine)
        with sessions() as session:
            witness.keep(session)
        serving = Serving(list(LISTENERS))
        daemons: dict[str, Daemon] = {}
        made = Stack(setting, folder, cluster, postgres, sessions, routes, daemons, serving)
        random = Random(setting.seed)
        for name in ("web", *LISTENERS):
            daemons[name] = _daemon(made, name, skew=random.uniform(-90, 90) if name == "web" else 0.0)
            stack.callback(daemons[name].close)
        if not wait_for(lambda: all(each.answers("/readyz") for each in daemons.values()), PATIENCE):
            raise SystemExit(f"the stack did not become ready; see {folder}")
        yield made


def _daemon(stack: Stack, name: str, skew: float) -> Daemon:
    setting, port = stack.setting, free_port()
    is_web = name == "web"
    command = ["gunicorn", "wsgi:app"] if is_web else ["expiry_listener"]
    broken = [] if is_web or not setting.broken else [f"--broken={setting.broken}"]
    environment = _environment(_through(stack.postgres.url, stack.routes[name]), stack.cluster.url) | {
        "TMPDIR": str(stack.folder),  # what is killed leaves things behind
        "PORT" if is_web else "LISTENER_PORT": str(port),
        "ORDER_TIMEOUT": str(ORDER_TIMEOUT),
        "SWEEP_INTERVAL": str(SWEEP_INTERVAL),
    }
    change = partial(stack.serving.set, name, "its process")
    change(True)
    return Daemon(
        name,
        [*broken, f"--paths={stack.folder / name}.paths", *command],
        port,
        environment,
        stack.folder / f"{name}.log",
        lambda answers: change(not answers),
        skew,
    )


def _prepare(folder: Path, database_url: str, redis_url: str, school: dict[str, object]) -> None:
    file = folder / "school.json"
    file.write_text(json.dumps(school))
    for command in (["db", "upgrade"], ["load", str(file)]):
        subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", *command],
            cwd=ROOT,
            env=_environment(database_url, redis_url),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            check=True,
        )


def _environment(database_url: str, redis_url: str) -> dict[str, str]:
    return {
        "DATABASE_URL": database_url,
        "PAYMENT_PROVIDER": "sandbox",
        "REDIS_URL": redis_url,
        "JWT_SECRET_KEY": "a secret of the drill, long enough for any algorithm",
        "RATE_LIMITS": "off",
    }


def _through(url: str, route: Proxy) -> str:
    before, _, rest = url.rpartition(":")
    return f"{before}:{route.port}/{rest.partition('/')[2]}"
