"""For the controls of races: the real code with one guard taken out, and the other side's turn at the worst moment."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import create_engine, event
from sqlalchemy.orm import ORMExecuteState, Session, sessionmaker
from sqlalchemy.pool import NullPool

LOCK = r" FOR NO KEY UPDATE"


@contextmanager
def unguarded(
    sessions: sessionmaker[Session], guard: str, *, after: str, meanwhile: Callable[[], object]
) -> Iterator[sessionmaker[Session]]:
    """Sessions on the same database whose statements lack what the pattern `guard` finds.

    `meanwhile` happens once: after the first statement in which `after` occurs. At the end both must have happened.
    """
    engine = create_engine(sessions.kw["bind"].url, poolclass=NullPool)
    stripped: list[str] = []
    turns: list[object] = []

    @event.listens_for(engine, "before_cursor_execute", retval=True)
    def strip(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> tuple[str, Any]:
        bare, count = re.subn(guard, "", statement)
        stripped.extend([statement] * count)
        return bare, parameters

    @event.listens_for(engine, "after_cursor_execute")
    def take_turns(_: Any, __: Any, statement: str, *___: Any) -> None:
        if after in statement and not turns:
            turns.append(meanwhile())

    try:
        yield sessionmaker(engine)
    finally:
        engine.dispose()
    assert stripped, f"no statement has {guard}"
    assert turns, f"no statement has {after}"


def believing_what_was_read(sessions: sessionmaker[Session]) -> sessionmaker[Session]:
    """Sessions that keep what they read first, also where a verb asks for what is there now."""
    made = sessionmaker(sessions.kw["bind"])

    @event.listens_for(made, "do_orm_execute")
    def keep(state: ORMExecuteState) -> None:
        state.statement = state.statement.execution_options(populate_existing=False)

    return made
