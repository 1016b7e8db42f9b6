"""The database's clock, read between queries: the only clock that decides what is due."""

from time import monotonic

from sqlalchemy import text
from sqlalchemy.orm import Session


class DatabaseClock:
    """An estimate of the database's clock that is never ahead of it, whatever the machine's own clock says."""

    def __init__(self) -> None:
        self._offset: float | None = None

    @property
    def is_set(self) -> bool:
        """Whether the database has been asked yet."""
        return self._offset is not None

    def observe(self, session: Session) -> None:
        """Ask the database what time it is; the answer is older by the way it took, so the estimate lags."""
        now = float(session.scalars(text("SELECT extract(epoch FROM clock_timestamp())")).one())
        self._offset = now - monotonic()

    def milliseconds(self) -> int:
        """Milliseconds since 1970, floored. Raises RuntimeError before the first `observe`."""
        if self._offset is None:
            raise RuntimeError("the database has not been asked for the time yet")
        return int((monotonic() + self._offset) * 1000)
