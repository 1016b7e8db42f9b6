"""The zone of the reader's clock: moments are kept in UTC, shown and typed in it."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flask import Flask, request
from markupsafe import Markup

COOKIE = "lapse_zone"
"""What the browser calls its zone; a script of ours sets it."""


def init_app(app: Flask) -> None:
    """Let templates name the zone."""
    app.jinja_env.globals["zone_name"] = name


def name() -> str:
    """What the zone is called, such as `Asia/Shanghai`."""
    return _zone().key


def local(moment: datetime) -> datetime:
    """The moment as the reader's clock shows it; at the ends of the calendar as UTC does."""
    try:
        return moment.astimezone(_zone())
    except OverflowError:
        return moment.astimezone(UTC)


def typed(naive: datetime) -> datetime:
    """The moment that a reader means who types this: the first, where clocks go back.

    Raises ValueError where clocks go forward and never show it, and beyond the calendar.
    """
    zone = _zone()
    try:
        moment = naive.replace(tzinfo=zone).astimezone(UTC)
    except OverflowError as error:
        raise ValueError("There is no such year.") from error
    if moment.astimezone(zone).replace(tzinfo=None) != naive:
        raise ValueError("There is no such time on that day: clocks go forward.")
    return moment


def shown(moment: datetime) -> Markup:
    """The moment for people, and for machines."""
    return Markup('<time datetime="{}">{:%Y-%m-%d %H:%M:%S}</time>').format(moment.isoformat(), local(moment))


def _zone() -> ZoneInfo:
    try:
        return ZoneInfo(request.cookies.get(COOKIE, "UTC"))
    except (ValueError, ZoneInfoNotFoundError, OSError):
        return ZoneInfo("UTC")
