"""How far users have read what they are told of; what happened before is no news to anybody."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notification_marks",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_notification_marks_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", name="pk_notification_marks"),
    )
    op.execute("INSERT INTO notification_marks (user_id, read_at) SELECT id, now() FROM users")


def downgrade() -> None:
    op.drop_table("notification_marks")
