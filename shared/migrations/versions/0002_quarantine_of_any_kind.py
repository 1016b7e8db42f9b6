"""The quarantine takes ids of any kind: they are text."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLE = "quarantined_timeouts"


def upgrade() -> None:
    op.alter_column(TABLE, "kind", type_=sa.Text())
    op.alter_column(TABLE, "subject_id", type_=sa.Text(), postgresql_using="subject_id::text")
    op.alter_column(TABLE, "attempts", type_=sa.Integer(), server_default=sa.text("1"))


def downgrade() -> None:
    op.alter_column(TABLE, "attempts", type_=sa.BigInteger())
    op.alter_column(TABLE, "subject_id", type_=sa.BigInteger(), postgresql_using="subject_id::bigint")
    op.alter_column(TABLE, "kind", type_=sa.String(20))
