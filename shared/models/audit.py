"""What people did that matters, for good: a table that only grows."""

from typing import Any

from sqlalchemy import DDL, Index, String, event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from shared.models.base import Base, CreatedAt, Id


class AuditEntry(Base):
    """One thing that somebody did, or was refused. No foreign keys: it outlives what it tells of.

    `actor` without `actor_id` is a name that somebody gave, not one that they proved to have.
    """

    __tablename__ = "audit_log"
    __table_args__ = (
        Index("ix_audit_log_at", "at"),
        Index("ix_audit_log_actor", "actor", "id"),
        Index("ix_audit_log_action", "action", "id"),
        Index("ix_audit_log_subject", "subject_kind", "subject_id", "id"),
    )

    id: Mapped[Id]
    at: Mapped[CreatedAt]
    actor_id: Mapped[int | None]
    actor: Mapped[str] = mapped_column(String(150), server_default="")
    address: Mapped[str] = mapped_column(String(45), server_default="")
    action: Mapped[str] = mapped_column(String(40))
    subject_kind: Mapped[str] = mapped_column(String(20), server_default="")
    subject_id: Mapped[str] = mapped_column(String(150), server_default="")
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))


# The same as in the migration, for a database that is made from the models.
_INSERT_ONLY = (
    """
CREATE OR REPLACE FUNCTION refuse_to_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % is refused: its rows are for good', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$
""",
    """
CREATE TRIGGER audit_log_insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_rewrite()
""",
    "ALTER TABLE audit_log ENABLE ALWAYS TRIGGER audit_log_insert_only",
)
for _statement in _INSERT_ONLY:
    event.listen(AuditEntry.__table__, "after_create", DDL(_statement.replace("%", "%%")))
