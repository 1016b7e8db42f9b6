"""Whether another process of ours uses another logical database of the same Redis."""

from typing import Any

from redis.connection import ConnectionInterface
from redis.exceptions import ResponseError
from sqlalchemy.orm import Session

from expiry_listener.primary import Primary
from shared import redis_keys, timers
from shared.timeout_kinds import ORDER

SAMPLE = 20  # timers that are looked at, the latest


def timers_elsewhere(primary: Primary, session: Session) -> list[str]:
    """The other databases that hold timers of orders that are in PostgreSQL, each in one line with its remedy.

    Raises RedisError or SQLAlchemyError when a store is away; what cannot be asked is passed over.
    """
    try:
        return [
            f"redis {primary.name}: database {number} holds timers of the same orders as ours, {primary.database}; "
            "let REDIS_URL name one and the same database in every process"
            for number in _others(primary)
            if timers.are_set(session, _latest(primary, number))
        ]
    except ResponseError:
        return []


def _others(primary: Primary) -> list[int]:
    """The other databases of the server that have keys."""
    numbers = {int(name.removeprefix("db")) for name in primary.redis.info("keyspace")}
    return sorted(numbers - {primary.database})


def _latest(primary: Primary, database: int) -> dict[int, int]:
    """Deadlines in milliseconds since 1970 of the latest order timers there, by order."""
    with primary.connection() as connection:
        _ask(connection, "SELECT", database)
        found = _ask(connection, "ZRANGE", redis_keys.deadlines(ORDER.name), 0, SAMPLE - 1, "REV", "WITHSCORES")
    orders = {ORDER.parse(key): int(score) for key, score in zip(found[::2], found[1::2], strict=True)}
    return {order_id: deadline for order_id, deadline in orders.items() if order_id is not None}


def _ask(connection: ConnectionInterface, *command: object) -> Any:
    connection.send_command(*command)
    return connection.read_response()
