"""`python -m expiry_listener [module:registry]`: wiring only. Without an argument it runs the shop's kinds."""

import logging
import signal
import sys
from collections.abc import Sequence
from threading import Event

from pythonjsonlogger.json import JsonFormatter

from expiry_listener import application
from expiry_listener.application import Application
from expiry_listener.health import serve_health
from expiry_listener.listener import Listener
from expiry_listener.service_manager import ServiceManager

log = logging.getLogger(__name__)


def main(arguments: Sequence[str]) -> None:
    """Run one listener until SIGTERM or SIGINT; it then drains and the process exits with 0."""
    told_to_stop = Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: told_to_stop.set())
    app = _application(arguments)
    _log_as_json()  # after what is imported may have set up logging of its own
    listener = Listener(app.timeouts, app.sessions, app.redis, app.sweep_interval, additions=app.additions)
    try:
        health = serve_health(app.host, app.port, listener.status, listener.additions.metrics)
    except OSError as error:
        raise SystemExit(f"LISTENER_PORT: {app.port}: {error.strerror}") from None
    log.info("health and metrics", extra={"port": health.server_port})
    manager = ServiceManager()
    listener.start()
    manager.ready()
    manager.feed_until(told_to_stop, listener.status.is_alive)
    manager.stopping()
    listener.stop()
    health.shutdown()


def _application(arguments: Sequence[str]) -> Application:
    if len(arguments) > 1:
        raise SystemExit("usage: python -m expiry_listener [module:registry]")
    if arguments:
        return application.named(arguments[0])
    try:
        from expiry_listener import shop  # what another application need not have installed
    except ModuleNotFoundError as missing:
        raise SystemExit(
            f"{missing}: name your registry, python -m expiry_listener module:registry, or install the extra `shop`"
        ) from None
    return shop.application()


def _log_as_json() -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(
        JsonFormatter("{asctime}{levelname}{name}{message}", style="{", rename_fields={"asctime": "time"})
    )
    logging.basicConfig(level=logging.INFO, handlers=[handler])


if __name__ == "__main__":
    main(sys.argv[1:])
