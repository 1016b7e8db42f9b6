"""`payments reconcile`."""

from datetime import datetime
from pathlib import Path

import click
from flask.cli import AppGroup

from shared import payments as verbs
from webapp.cli.outcome import plain_errors
from webapp.current import session
from webapp.provider import provider

payments = AppGroup("payments", help="Compare our books with the provider's.")


@payments.command("reconcile")
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="A day in Beijing; yesterday if not given.")
@click.option("--file", type=click.Path(path_type=Path), help="A bill that was downloaded: Alipay's zip, or the CSV.")
@plain_errors
def reconcile(day: datetime | None, file: Path | None) -> None:
    """Compare a day's bill with our books, and list all that differs; exit code 1 when something does."""
    if day and file:
        raise click.UsageError("A file says itself of which day it is.")
    try:
        done = _from_file(file) if file else _from_provider(day)
    except OSError as error:
        raise click.ClickException(f"{file}: {error.strerror}") from None
    except (verbs.BadBill, verbs.ProviderFailed) as failure:
        raise click.ClickException(f"The bill was not compared: {failure}.") from None
    for each in done.differences:
        click.echo(verbs.describe(each))
    click.echo(f"{done.day}: {done.lines} lines in the bill, {len(done.differences)} differences.")
    if done.differences:
        raise click.exceptions.Exit(1)


def _from_file(file: Path) -> verbs.Reconciled:
    with file.open("rb") as content:
        bill = verbs.read_bill(content)
        return verbs.reconcile(session(), bill.day, bill.lines)


def _from_provider(day: datetime | None) -> verbs.Reconciled:
    return verbs.reconcile_day(session(), provider(), day.date() if day else verbs.yesterday())
