"""Reading settings out of a mapping of texts. Nothing here looks at the environment: whoever does hands it in."""

import math
import re
from collections.abc import Mapping

from lapse import database_url as database_urls
from lapse import redis_url as urls

Environ = Mapping[str, str]


class BadSetting(ValueError):
    """A variable has a value that cannot be used; the text is one line that names it."""

    def __init__(self, variable: str, problem: str) -> None:
        super().__init__(f"{variable}: {problem}")


def database_url(environ: Environ) -> str:
    """DATABASE_URL, empty if there is none. Raises BadSetting."""
    url = environ.get("DATABASE_URL")
    if url is None:
        return ""
    try:
        database_urls.parse(url)
    except ValueError as error:
        raise BadSetting("DATABASE_URL", str(error)) from None
    return url


def redis_url(environ: Environ) -> str:
    """REDIS_URL, empty if there is none. Raises BadSetting."""
    url = environ.get("REDIS_URL")
    if url is None:
        return ""
    try:
        urls.parse(url)
    except ValueError as error:
        raise BadSetting("REDIS_URL", str(error)) from None
    return url


def sweep_interval(environ: Environ) -> float:
    """SWEEP_INTERVAL in seconds. Raises BadSetting."""
    return seconds(environ, "SWEEP_INTERVAL", 5.0, 0.1, 3600.0)


def listener_port(environ: Environ) -> int:
    """LISTENER_PORT. Raises BadSetting."""
    return integer(environ, "LISTENER_PORT", 8001, 1, 65535)


def integer(environ: Environ, name: str, default: int, least: int, most: int) -> int:
    """A whole number. Raises BadSetting."""
    text = environ.get(name, str(default))
    if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
        raise BadSetting(name, f"must be a whole number from {least} to {most}, not {text!r}")
    return int(text)


def seconds(environ: Environ, name: str, default: float, least: float, most: float) -> float:
    """A number of seconds. Raises BadSetting."""
    text = environ.get(name, str(default))
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not least <= value <= most:
        raise BadSetting(name, f"must be a number of seconds from {least:g} to {most:g}, not {text!r}")
    return value
