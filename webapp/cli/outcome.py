"""How a command ends when it cannot do what it should: one line, exit code 1."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import click
from redis.exceptions import RedisError
from sqlalchemy.exc import DBAPIError


def plain_errors(command: Callable[..., Any]) -> Callable[..., Any]:
    """Let a store that is away end the command with a line instead of a traceback."""

    @wraps(command)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except DBAPIError as error:
            raise click.ClickException(f"PostgreSQL: {_first_line(error.orig)}") from None
        except RedisError as error:
            raise click.ClickException(f"Redis: {_first_line(error)}") from None

    return guarded


def _first_line(error: object) -> str:
    return (str(error).strip().splitlines() or ["no answer"])[0]
