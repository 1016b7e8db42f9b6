"""For whoever runs the process: `/healthz`, `/readyz` and `/metrics`."""

from typing import Any

from flask import Blueprint, Flask, Response
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.values import MutexValue, ValueClass
from redis.exceptions import RedisError
from sqlalchemy.exc import DBAPIError

from shared.metrics import Source, exposition
from shared.orders.stats import lateness_unclosed
from shared.stores.migrated import is_migrated
from webapp.agreement import wrong_provider
from webapp.current import redis, session, settings
from webapp.errors import problem

blueprint = Blueprint("health", __name__)


def init_app(app: Flask) -> None:
    """Serve them beside the API."""
    app.register_blueprint(blueprint)


@blueprint.get("/healthz")
def healthz() -> dict[str, str]:
    """Alive."""
    return {"status": "ok"}


@blueprint.get("/readyz")
def readyz() -> Any:
    """Both stores answer, and the database is migrated and for our payment provider; warnings make it no less ready."""
    wrong = [*_wrong_with_database(), *_wrong_with_redis()]
    if wrong:
        return problem(503, "; ".join(wrong), code="not_ready", warnings=settings().warnings)
    return {"status": "ok", "warnings": [*settings().warnings, *_unclosed()]}


@blueprint.get("/metrics")
def metrics() -> Response:
    """Prometheus text; with several workers, the sum over all of them."""
    return Response(exposition(_source()), content_type=CONTENT_TYPE_LATEST)


def _wrong_with_database() -> list[str]:
    try:
        if not is_migrated(session()):
            return ["PostgreSQL is not migrated to this version"]
        wrong = wrong_provider()
        return [wrong.json["detail"]] if wrong else []
    except DBAPIError:
        return ["PostgreSQL does not answer"]


def _unclosed() -> list[str]:
    """That orders stay open past their deadlines, which the web process notices though it cannot see a listener."""
    late = lateness_unclosed(session(), settings().latest_close)
    return [] if late is None else [f"orders are overdue by {late:.0f} s: no listener closes them"]


def _wrong_with_redis() -> list[str]:
    try:
        redis().ping()
    except RedisError:
        return ["Redis does not answer"]
    return []


def _source() -> Source:
    """This process's own figures, unless the process manager had prometheus_client keep them in files."""
    return REGISTRY if ValueClass is MutexValue else MultiProcessCollector(None)
