"""For those who run the shop."""

from time import monotonic
from typing import Any

from flask import g
from redis.exceptions import RedisError

from lapse.kind import Kind
from shared.accounts import audit
from shared.accounts.audit import Action, Fact
from shared.orders import stats
from shared.timeouts import ORDER, TIMEOUTS
from webapp.auth import staff_required
from webapp.blueprint import Blueprint
from webapp.current import redis, session
from webapp.paging import PageQuery, page_of
from webapp.schemas.ops import FiguresSchema, RecentTimeoutPageSchema, SweptSchema
from webapp.sweep import sweep

blueprint = Blueprint("ops", __name__, url_prefix="/ops", description="For the staff")

SPARE = 2.0
"""Seconds of a request that a batch may need."""


@blueprint.route("/timeouts/")
@staff_required
@blueprint.response(200, FiguresSchema)
def timeouts() -> dict[str, Any]:
    """How many orders are in each state, and what waits."""
    return stats.timeouts(session()) | _in_redis()


@blueprint.route("/timeouts/recent/")
@staff_required
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, RecentTimeoutPageSchema)
def recent(query: dict[str, int]) -> dict[str, Any]:
    """List the orders that are timed out, the latest first."""
    page = page_of(stats.timed_out_events(), query["page"], query["size"])
    return page | {"results": stats.recent(session(), page["results"])}


@blueprint.route("/timeouts/sweep/", methods=["POST"])
@staff_required
@blueprint.response(200, SweptSchema)
def sweep_now() -> dict[str, Any]:
    """Time out everything that is overdue, as far as one request goes."""
    audit.record(session(), Action.SWEEP_STARTED, Fact())
    session().commit()
    timed_out = {kind.name: _sweep(kind) for kind in TIMEOUTS}
    return {"timed_out": timed_out, "done": _has_time()}


def _sweep(kind: Kind) -> int:
    total = 0
    for count in sweep(kind) if _has_time() else ():
        total += count
        if not _has_time():
            break
    return total


def _has_time() -> bool:
    return bool(g.deadline - monotonic() > SPARE)


def _in_redis() -> dict[str, int | None]:
    try:
        return dict(stats.in_redis(redis(), ORDER))
    except RedisError:
        return {"timers_pending": None, "subscriptions": None}
