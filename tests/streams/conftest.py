"""The web app behind a real server in a thread, and clients that listen."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from threading import Thread

import pytest
from flask import Flask
from sqlalchemy import text
from werkzeug.serving import make_server

from embedded.process import wait_for
from shared.stores import redis_keys
from tests.shop import Shopper
from tests.streams.listener import PATIENCE, Listener
from webapp.streams.hub import Hub


def eventually(condition: Callable[[], bool]) -> None:
    """Wait for a condition; fail when it does not come true."""
    assert wait_for(condition, PATIENCE), "it did not come true"


@pytest.fixture
def serve() -> Iterator[Callable[[Flask], int]]:
    """Serve an app on a free port, which is returned."""
    with ExitStack() as stack:

        def start(app: Flask) -> int:
            server = make_server("127.0.0.1", 0, app, threaded=True)
            Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
            stack.callback(server.server_close)
            stack.callback(server.shutdown)
            stack.callback(app.extensions["streams"].shut_down)
            return server.port

        yield start


@pytest.fixture
def port(serve, app) -> int:
    """Where the app is served."""
    return serve(app)


@pytest.fixture
def listen(port) -> Iterator[Callable[..., Listener]]:
    """Open a user's stream; those still open at the end are closed."""
    with ExitStack() as stack:

        def start(shopper: Shopper, at: int = port, **more: str) -> Listener:
            listener = Listener(at, shopper.token, **more)
            stack.callback(listener.close)
            return listener

        yield start


@pytest.fixture
def hub(app) -> Hub:
    return app.extensions["streams"]


@pytest.fixture
def subscribed(redis) -> Callable[[], None]:
    """Wait until the app's subscription stands."""
    channel = redis_keys.EVENTS_CHANNEL
    return lambda: eventually(lambda: dict(redis.pubsub_numsub(channel))[channel.encode()] == 1)


@pytest.fixture
def append(sessions) -> Callable[..., list[int]]:
    """Append events to an order's history, telling nobody; their ids."""

    def write(order: dict, count: int = 1, kind: str = "status", status: int = 0) -> list[int]:
        statement = """
            INSERT INTO order_events (order_id, user_id, kind, status)
            SELECT id, user_id, :kind, :status FROM orders, generate_series(1, :count) WHERE id = :id RETURNING id
        """
        values = {"id": order["id"], "count": count, "kind": kind, "status": status}
        with sessions.begin() as session:
            return sorted(session.scalars(text(statement), values))

    return write
