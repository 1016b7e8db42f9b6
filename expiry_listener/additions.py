"""What an application may add to its listener. This is what one adds that needs nothing more."""

from collections.abc import Callable, Mapping

from prometheus_client import REGISTRY, generate_latest
from sqlalchemy.orm import Session

from lapse import schema


class Additions:
    """Override what you need. Nothing of it may wait for long: `loops` are for that."""

    def schema_problem(self, session: Session) -> str | None:
        """Why nothing can work on this database yet, in one line; asked before each sweep."""
        return schema.problem(session)

    def warnings(self) -> list[str]:
        """What whoever runs it should know, a line each; said in the log and in `/readyz`."""
        return []

    def loops(self) -> Mapping[str, Callable[[], None]]:
        """Further loops, by name; each is run on a thread of its own, and again when it fails."""
        return {}

    def batch_committed(self) -> None:
        """Called after each batch that closed something."""

    def redis_was_emptied(self, session: Session) -> None:
        """Put down what else must come back to Redis; the session is committed."""

    def stop(self) -> None:
        """Let the loops end."""

    def metrics(self) -> bytes:
        """The figures, as Prometheus text."""
        return generate_latest(REGISTRY)
