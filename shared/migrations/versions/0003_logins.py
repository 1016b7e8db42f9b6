"""Logins that can be listed, ended one by one and refreshed once; names that look alike; second factors."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import context, op

from shared.models.names import folded_or_none

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

AT_ONCE = 5000
FOLD = sa.text("""
UPDATE users SET folded_name = folded.name
FROM unnest(CAST(:ids AS bigint[]), CAST(:names AS text[])) AS folded (id, name) WHERE users.id = folded.id
""")


def upgrade() -> None:
    op.add_column("users", sa.Column("is_disabled", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("users", sa.Column("folded_name", sa.String(length=150), nullable=True))
    if not context.is_offline_mode():
        fold_names(op.get_bind())
    op.create_unique_constraint("uq_users_folded_name", "users", ["folded_name"])
    op.create_table(
        "logins",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("session_id", sa.String(length=36), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("in_admin", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("generation", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("address", sa.String(length=45), server_default="", nullable=False),
        sa.Column("user_agent", sa.String(length=255), server_default="", nullable=False),
        *(
            sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False)
            for name in ("created_at", "refreshed_at", "last_seen_at")
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_logins_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_logins"),
        sa.UniqueConstraint("session_id", name="uq_logins_session_id"),
    )
    op.create_index("ix_logins_expires_at", "logins", ["expires_at"])
    op.create_index("ix_logins_user_id", "logins", ["user_id"])
    op.create_table(
        "second_factors",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("secret", sa.String(length=64), nullable=False),
        sa.Column("last_step", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_second_factors_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", name="pk_second_factors"),
    )
    op.drop_table("revoked_sessions")


def fold_names(connection: sa.Connection) -> None:
    """Give every user a folded name, of those that look alike the oldest alone."""
    taken: set[str] = set()
    for users in batches(connection):
        first: dict[str, int] = {}
        for user in users:
            name = folded_or_none(user.username)
            if name and name not in taken:
                first.setdefault(name, user.id)
        taken |= first.keys()
        connection.execute(FOLD, {"ids": list(first.values()), "names": list(first)})


def batches(connection: sa.Connection) -> Iterator[list[Any]]:
    """All users, oldest first."""
    after = sa.text("SELECT id, username FROM users WHERE id > :last ORDER BY id LIMIT :count")
    last = -1
    while users := list(connection.execute(after, {"last": last, "count": AT_ONCE})):
        yield users
        last = users[-1].id


def downgrade() -> None:
    op.create_table(
        "revoked_sessions",
        sa.Column("session_id", sa.String(length=36), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("session_id", name="pk_revoked_sessions"),
    )
    op.create_index("ix_revoked_sessions_expires_at", "revoked_sessions", ["expires_at"])
    op.drop_table("second_factors")
    op.drop_table("logins")
    op.drop_column("users", "folded_name")
    op.drop_column("users", "is_disabled")
