"""`orders status`, `orders sweep` and `orders expire`."""

import click
from flask.cli import AppGroup
from redis.exceptions import RedisError
from sqlalchemy import select

from shared.accounts import audit
from shared.accounts.audit import Action, Fact
from shared.models import QuarantinedTimeout
from shared.orders import expire_now, stats
from shared.timeouts import ORDER, TIMEOUTS
from webapp.cli.outcome import plain_errors
from webapp.current import redis, session
from webapp.fields import BIGGEST
from webapp.sweep import sweep as sweep_overdue
from webapp.sweep import time_out_one

orders = AppGroup("orders", help="Look at unpaid orders, and time them out.")


@orders.command()
@plain_errors
def status() -> None:
    """Show how many orders are in each state, and what waits."""
    waiting = stats.timeouts(session())
    deadline = waiting["next_deadline"]
    rows = waiting["orders"] | {
        "overdue": waiting["overdue"],
        "timers": _timers(),
        "next due": deadline.isoformat() if deadline else "-",
        "quarantined": waiting["quarantined"],
    }
    for name, value in rows.items():
        click.echo(f"{name:<12} {value}")


@orders.command()
@plain_errors
def quarantine() -> None:
    """List the timeouts that failed by themselves and wait to be tried again."""
    waiting = session().scalars(select(QuarantinedTimeout).order_by(QuarantinedTimeout.first_at)).all()
    for each in waiting:
        error = " ".join(each.error.split())
        click.echo(f"{each.kind} {each.subject_id}: {each.attempts} tries, next {each.retry_at.isoformat()}: {error}")
    click.echo(f"{len(waiting)} in quarantine.")


@orders.command()
@plain_errors
def sweep() -> None:
    """Time out everything that is past its deadline."""
    audit.record(session(), Action.SWEEP_STARTED, Fact())
    session().commit()
    for kind in TIMEOUTS:
        click.echo(f"{kind.name:<12} {sum(sweep_overdue(kind))}")


@orders.command()
@click.argument("order_id", type=int)
@plain_errors
def expire(order_id: int) -> None:
    """Let an unpaid order's time be over now."""
    if not 0 < order_id <= BIGGEST or not expire_now(session(), order_id):
        raise click.ClickException(f"There is no unpaid order {order_id}.")
    audit.record(session(), Action.ORDER_EXPIRED, Fact("order", order_id))
    session().commit()
    if not time_out_one(ORDER, order_id):
        raise click.ClickException(f"Order {order_id} is in use at this moment; the next sweep times it out.")
    click.echo(f"Order {order_id} timed out.")


def _timers() -> str:
    try:
        return str(stats.in_redis(redis(), ORDER)["timers_pending"])
    except RedisError:
        return "unknown: Redis does not answer"
