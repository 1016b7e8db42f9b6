"""How Alembic runs our migrations: on the app's engine, in one transaction, one process at a time."""

from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy import text

from shared.models import Base

engine = current_app.extensions["migrate"].db.engine

# Processes that start together migrate together; whoever comes second finds nothing left to do.
ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('lapse migrations'))")


def leave_out_empty(migration_context: Any, revision: Any, directives: list[Any]) -> None:
    """Write no revision when the models have not changed."""
    if getattr(context.config.cmd_opts, "autogenerate", False) and directives[0].upgrade_ops.is_empty():
        directives[:] = []


if context.is_offline_mode():
    context.configure(url=engine.url, target_metadata=Base.metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            compare_server_default=True,
            process_revision_directives=leave_out_empty,
        )
        with context.begin_transaction():
            connection.execute(ONE_AT_A_TIME)
            context.run_migrations()
