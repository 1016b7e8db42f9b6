"""`python -m expiry_listener`: wiring only."""

import logging
import signal
from threading import Event

from pythonjsonlogger.json import JsonFormatter

import config
from expiry_listener.health import serve_health
from expiry_listener.listener import Listener
from shared.database import open_sessions
from shared.payments import open_provider
from shared.redis_client import connect

log = logging.getLogger(__name__)


def main() -> None:
    """Run one listener until SIGTERM or SIGINT; it then drains and the process exits with 0."""
    _log_as_json()
    told_to_stop = Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: told_to_stop.set())
    settings = config.from_environment()
    sessions = open_sessions(settings.database_url)
    listener = Listener(
        sessions,
        connect(settings.redis_url, timeout=2),
        settings.sweep_interval,
        provider=open_provider(settings.alipay, sessions),
    )
    try:
        health = serve_health("127.0.0.1" if settings.embedded else "0.0.0.0", settings.listener_port, listener.status)
    except OSError as error:
        raise SystemExit(f"LISTENER_PORT: {settings.listener_port}: {error.strerror}") from None
    log.info("health and metrics", extra={"port": health.server_port})
    listener.start()
    told_to_stop.wait()
    listener.stop()
    health.shutdown()


def _log_as_json() -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(
        JsonFormatter("{asctime}{levelname}{name}{message}", style="{", rename_fields={"asctime": "time"})
    )
    logging.basicConfig(level=logging.INFO, handlers=[handler])


if __name__ == "__main__":
    main()
