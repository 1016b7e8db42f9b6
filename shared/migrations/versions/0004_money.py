"""Recoveries counted, one review for each user and course, and which provider a database is for."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# Each entry of the history that says unpaid, but the first, is a recovery.
COUNT_RECOVERIES = """
UPDATE orders SET recoveries = reopened.times
FROM (
    SELECT order_id, least(count(*) - 1, 32767) AS times FROM order_events
    WHERE kind = 'status' AND status = 0 GROUP BY order_id HAVING count(*) > 1
) AS reopened
WHERE reopened.order_id = orders.id
"""

# The one of a paid order stays, or else the newest.
KEEP_ONE_REVIEW = """
DELETE FROM reviews USING (
    SELECT reviews.id, row_number() OVER (
        PARTITION BY reviews.user_id, reviews.course_id ORDER BY (orders.status = 1) DESC, reviews.id DESC
    ) AS place
    FROM reviews JOIN orders ON orders.id = reviews.order_id
) AS ranked
WHERE ranked.id = reviews.id AND ranked.place > 1
"""

# A database that has been in use is for the provider that was used.
CHOOSE_PROVIDER = """
INSERT INTO payment_provider (name)
SELECT CASE WHEN EXISTS (SELECT FROM sandbox_keys) THEN 'sandbox' ELSE 'alipay' END
WHERE EXISTS (SELECT FROM sandbox_keys) OR EXISTS (SELECT FROM payments)
"""


def upgrade() -> None:
    op.add_column("orders", sa.Column("recoveries", sa.SmallInteger(), server_default="0", nullable=False))
    op.execute(COUNT_RECOVERIES)
    op.execute(KEEP_ONE_REVIEW)
    op.drop_constraint("uq_reviews_order_id_course_id", "reviews", type_="unique")
    op.create_unique_constraint("uq_reviews_user_id_course_id", "reviews", ["user_id", "course_id"])
    op.create_table(
        "payment_provider",
        sa.Column("is_only", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("name", sa.String(length=10), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint("is_only", name="only"),
        sa.PrimaryKeyConstraint("is_only", name="pk_payment_provider"),
    )
    op.execute(CHOOSE_PROVIDER)


def downgrade() -> None:
    op.drop_table("payment_provider")
    op.drop_constraint("uq_reviews_user_id_course_id", "reviews", type_="unique")
    op.create_unique_constraint("uq_reviews_order_id_course_id", "reviews", ["order_id", "course_id"])
    op.drop_column("orders", "recoveries")
