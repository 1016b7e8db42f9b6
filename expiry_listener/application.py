"""What a listener process runs: the shop's kinds, or those of another application that names its registry."""

import importlib
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event

from redis import Redis

from expiry_listener.additions import Additions
from lapse import settings
from lapse.batches import Sessions
from lapse.database import open_sessions
from lapse.redis_client import connect
from lapse.registry import Timeouts
from lapse.settings import BadSetting

REDIS_TIMEOUT = 2.0  # seconds


@dataclass(frozen=True)
class Application:
    """A registry with its stores, and where its listener answers."""

    timeouts: Timeouts
    sessions: Sessions
    redis: Redis
    sweep_interval: float
    host: str
    port: int
    additions: Callable[[Callable[[], int], Event], Additions] = field(default=lambda backlog, stop: Additions())


def named(name: str) -> Application:
    """The application whose registry is `module:registry`, set up by the environment.

    Raises SystemExit with one line when there is no such registry, or a variable has a bad value.
    """
    registry = _registry(name)
    try:
        database_url, redis_url = settings.database_url(os.environ), settings.redis_url(os.environ)
        for variable, url in (("DATABASE_URL", database_url), ("REDIS_URL", redis_url)):
            if not url:
                raise BadSetting(variable, f"must be set for {name}")
        interval, port = settings.sweep_interval(os.environ), settings.listener_port(os.environ)
    except BadSetting as error:
        raise SystemExit(str(error)) from None
    redis, host = connect(redis_url, timeout=REDIS_TIMEOUT), "0.0.0.0"  # noqa: S104 - probed from other machines
    return Application(registry, open_sessions(database_url), redis, interval, host, port)


def _registry(name: str) -> Timeouts:
    """The registry that `module:registry` names. Raises SystemExit; what the module itself raises is raised."""
    module_name, _, attribute = name.partition(":")
    if not module_name or not attribute:
        raise SystemExit(f"{name}: name a registry as module:registry, such as seats:timeouts")
    sys.path.insert(0, os.getcwd())
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name not in (module_name, module_name.partition(".")[0]):
            raise
        raise SystemExit(f"{name}: there is no module {error.name}") from None
    found = getattr(module, attribute, None)
    if not isinstance(found, Timeouts):
        raise SystemExit(f"{name}: {attribute} in {module_name} is no Timeouts")
    return found
