"""DATABASE_URL as libpq reads it: its parameters, and several hosts of which one takes us."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import psycopg2
from psycopg2.extensions import parse_dsn
from sqlalchemy import URL

_FORM = (
    "must look like postgresql://user:password@host:port/database, "
    "with several hosts as h1:5432,h2:5432, and libpq's parameters as ?sslmode=require"
)
_SCHEMES = ("postgresql", "postgres")
PSYCOPG_2, PSYCOPG_3 = "postgresql+psycopg2", "postgresql+psycopg"
_DRIVERS = {"": PSYCOPG_2, "psycopg2": PSYCOPG_2, "psycopg": PSYCOPG_3}
_WHOLE_NUMBERS = (
    "connect_timeout",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_count",
    "tcp_user_timeout",
)


def parse(text: str, defaults: Mapping[str, str] | None = None) -> URL:
    """What SQLAlchemy connects with: psycopg2, unless the text asks for psycopg 3; `defaults` fill in parameters.

    Raises ValueError with one line, which has no password, when libpq could not make sense of it.
    """
    driver, found = _options(text)
    _refuse_bad_values(found)
    user, password, database = (found.pop(name, None) for name in ("user", "password", "dbname"))
    host, port = found.get("host", ""), found.get("port", "")
    query = {**(defaults or {}), **found}
    if "," not in host and not host.startswith("/"):  # what SQLAlchemy's own form can say
        query = {name: value for name, value in query.items() if name not in ("host", "port")}
        return URL.create(driver, user, password, host or None, _number(port), database, query)
    if port:
        query["port"] = ",".join(_ports(host, port))
    return URL.create(driver, user, password, database=database, query=query)


def _options(text: str) -> tuple[str, dict[str, str]]:
    scheme, _, rest = text.partition("://")
    scheme, _, driver = scheme.partition("+")
    if scheme not in _SCHEMES or driver not in _DRIVERS:
        raise ValueError(_FORM)
    try:
        # What is no ASCII libpq takes as it is, but psycopg2 wants it in UTF-8.
        options: dict[str, str] = parse_dsn(f"postgresql://{quote(rest, safe='%/?:@&=,+[]!$()*;~#')}")
    except (psycopg2.Error, ValueError):
        raise ValueError(_FORM) from None
    if not options.get("dbname"):
        raise ValueError(_FORM)
    return _DRIVERS[driver], options


def _refuse_bad_values(options: Mapping[str, str]) -> None:
    for port in _ports(options.get("host", ""), options.get("port", "")):
        if port and not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
            raise ValueError(_FORM)
    for name in _WHOLE_NUMBERS:
        if not options.get(name, "0").lstrip("-").isdecimal():
            raise ValueError(f"{name} must be a whole number")
    _let_libpq_look(options)


def _let_libpq_look(options: Mapping[str, str]) -> None:
    """Have the other parameters' values checked as on connecting, which for a socket that is not there asks nobody."""
    nowhere: dict[str, Any] = {name: value for name, value in options.items() if name not in ("hostaddr", "port")}
    try:
        psycopg2.connect(**nowhere | {"host": "/nonexistent", "async_": 1}).close()
    except psycopg2.OperationalError as error:
        if not str(error).startswith("connection to server"):
            raise ValueError(str(error).strip().splitlines()[0]) from None
    except psycopg2.Error:
        raise ValueError(_FORM) from None


def _ports(host: str, port: str) -> list[str]:
    """A port for each host, for one is for all of them. Raises ValueError when there are too few or too many."""
    hosts, ports = host.split(","), port.split(",")
    if len(ports) == 1:
        return ports * len(hosts)
    if len(ports) != len(hosts):
        raise ValueError(_FORM)
    return ports


def _number(port: str) -> int | None:
    return int(port) if port else None
