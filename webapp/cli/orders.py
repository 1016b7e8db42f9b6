"""`orders status`, `orders sweep` and `orders expire`."""

from collections.abc import Sequence

import click
from flask.cli import AppGroup
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from shared import after_commit as effects
from shared import metrics, redis_keys, timeouts, wallet
from shared.models import Order, QuarantinedTimeout
from shared.order_status import OrderStatus
from shared.orders import expire_now, time_out
from shared.timed_out import TimedOut
from shared.timeout_kinds import KINDS, ORDER
from webapp.cli.outcome import plain_errors
from webapp.current import after_commit, redis, session
from webapp.database import db
from webapp.fields import BIGGEST

orders = AppGroup("orders", help="Look at unpaid orders, and time them out.")


@orders.command()
@plain_errors
def status() -> None:
    """Show how many orders are in each state, and what waits."""
    counts = dict(session().execute(select(Order.status, func.count()).group_by(Order.status)).all())
    for state in OrderStatus:
        click.echo(f"{state.name.lower():<12} {counts.get(state, 0)}")
    unpaid = Order.status == OrderStatus.UNPAID
    overdue = select(func.count()).where(unpaid, Order.expires_at <= func.now())
    deadline = session().scalar(select(func.min(Order.expires_at)).where(unpaid))
    click.echo(f"{'overdue':<12} {session().scalar(overdue)}")
    click.echo(f"{'timers':<12} {_timers()}")
    click.echo(f"{'next due':<12} {deadline.isoformat() if deadline else '-'}")
    click.echo(f"{'quarantined':<12} {session().scalar(select(func.count(QuarantinedTimeout.subject_id)))}")


@orders.command()
@plain_errors
def sweep() -> None:
    """Time out everything that is past its deadline."""
    sessions = sessionmaker(db.engine)
    for kind in KINDS:
        total = 0
        while batch := timeouts.sweep(sessions, kind):
            after_commit(_tell_redis, batch)
            total += len(batch)
        click.echo(f"{kind.name:<12} {total}")


@orders.command()
@click.argument("order_id", type=int)
@plain_errors
def expire(order_id: int) -> None:
    """Let an unpaid order's time be over now."""
    if not 0 < order_id <= BIGGEST or not expire_now(session(), order_id):
        raise click.ClickException(f"There is no unpaid order {order_id}.")
    closed = time_out(session(), [order_id])
    session().commit()
    if not closed:
        raise click.ClickException(f"Order {order_id} is in use at this moment; the next sweep times it out.")
    metrics.count_timeouts(ORDER.name, closed, "sweep", commit_seconds=0)
    after_commit(_tell_redis, closed)
    click.echo(f"Order {order_id} timed out.")


def _tell_redis(session: Session, redis: Redis, batch: Sequence[TimedOut]) -> None:
    effects.timed_out(redis, batch, "sweep")
    while wallet.project_pending(session, redis):
        pass


def _timers() -> str:
    try:
        return str(redis().zcard(redis_keys.deadlines(ORDER.name)))
    except RedisError:
        return "unknown: Redis does not answer"
