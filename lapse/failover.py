"""Connecting where DATABASE_URL names several hosts."""

from typing import Any

import psycopg2


class Failover:
    """Tries the hosts in turn, first the one that took us last time.

    libpq tries them too, but from the first one on for each connection; and not at all past one that is silent where
    psycopg2 waits by a callback, as in the web process: `connect_timeout` is then nobody's.
    """

    def __init__(self) -> None:
        self._next = 0

    def connect(self, dialect: Any, record: Any, arguments: Any, parameters: dict[str, Any]) -> Any:
        """For SQLAlchemy's event `do_connect`. Raises OperationalError, the last host's, when none takes us."""
        hosts = parameters["host"].split(",")
        ports = str(parameters.get("port", "")).split(",") * len(hosts)
        first, failure = self._next, psycopg2.OperationalError("there is no host")
        for number in (*range(first, len(hosts)), *range(first)):
            place = {"host": hosts[number], "port": ports[number] or None}
            try:
                return dialect.connect(*arguments, **{**parameters, **place})
            except psycopg2.OperationalError as error:
                failure = error
                self._next = (number + 1) % len(hosts)  # also for who has no time left to try the next one
        raise failure
