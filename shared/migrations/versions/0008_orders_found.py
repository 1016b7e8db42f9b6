"""Orders are found by time and amount, days are summed up by time, and recoveries are told apart from new orders."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

BY_TIME = ("order_events", "payments", "refunds")

TELL_RECOVERIES = """
UPDATE order_events SET data = data || jsonb_build_object('recovery', number - 1)
FROM (
    SELECT id, row_number() OVER (PARTITION BY order_id ORDER BY id) AS number
    FROM order_events WHERE kind = 'status' AND status = 0
) AS opened
WHERE opened.id = order_events.id AND number > 1
"""


def upgrade() -> None:
    op.create_index("ix_orders_created_at", "orders", ["created_at"])
    op.create_index("ix_orders_real_price", "orders", ["real_price"])
    for table in BY_TIME:
        op.create_index(
            f"ix_{table}_created_at",
            table,
            ["created_at"],
            postgresql_using="brin",
            postgresql_with={"autosummarize": "on"},
        )
    op.execute(TELL_RECOVERIES)


def downgrade() -> None:
    for table in ("orders", *BY_TIME):
        op.drop_index(f"ix_{table}_created_at", table)
    op.drop_index("ix_orders_real_price", "orders")
