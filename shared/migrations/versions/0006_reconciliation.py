"""The provider's bills and where they differ from our books; what the sandbox needs to write bills of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

CLOCK = sa.text("clock_timestamp()")

# Not before this column do the sandbox's books say when it gave money back; our own do.
WHEN_GIVEN_BACK = """
UPDATE sandbox_refunds SET created_at = refunds.done_at
FROM refunds WHERE refunds.request_no = sandbox_refunds.request_no AND refunds.done_at IS NOT NULL
"""


def upgrade() -> None:
    op.add_column("sandbox_trades", sa.Column("subject", sa.Text(), server_default="", nullable=False))
    op.add_column(
        "sandbox_refunds", sa.Column("created_at", sa.DateTime(timezone=True), server_default=CLOCK, nullable=False)
    )
    op.execute(WHEN_GIVEN_BACK)
    op.create_table(
        "reconciliations",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("day", name="pk_reconciliations"),
    )
    _create_billed_money()
    _create_differences()


def _create_billed_money() -> None:
    op.create_table(
        "billed_money",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("is_refund", sa.Boolean(), nullable=False),
        sa.Column("trade_no", sa.String(length=64), nullable=False),
        sa.Column("request_no", sa.String(length=64), server_default="", nullable=False),
        sa.Column("order_number", sa.String(length=64), nullable=False),
        sa.Column("amount", sa.Numeric(precision=10, scale=2), nullable=False),
        sa.ForeignKeyConstraint(["day"], ["reconciliations.day"], name="fk_billed_money_day"),
        sa.PrimaryKeyConstraint("id", name="pk_billed_money"),
    )
    op.create_index("ix_billed_money_day", "billed_money", ["day"])
    op.create_index("ix_billed_money_trade_no", "billed_money", ["trade_no"])


def _create_differences() -> None:
    op.create_table(
        "payment_differences",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("trade_no", sa.String(length=64), nullable=False),
        sa.Column("request_no", sa.String(length=64), server_default="", nullable=False),
        sa.Column("order_number", sa.String(length=64), nullable=False),
        sa.Column("ours", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("theirs", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("first_seen", sa.DateTime(timezone=True), server_default=CLOCK, nullable=False),
        sa.Column("last_seen", sa.DateTime(timezone=True), server_default=CLOCK, nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('unknown_payment', 'missing_payment', 'other_amount', 'other_order',"
            " 'unknown_refund', 'missing_refund', 'other_refund_amount', 'kept_money')",
            name="kind",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_payment_differences"),
        sa.UniqueConstraint("kind", "trade_no", "request_no", name="uq_payment_differences_kind_trade_no_request_no"),
    )
    op.create_index(
        "ix_payment_differences_open",
        "payment_differences",
        ["trade_no"],
        postgresql_where=sa.text("resolved_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("payment_differences")
    op.drop_table("billed_money")
    op.drop_table("reconciliations")
    op.drop_column("sandbox_refunds", "created_at")
    op.drop_column("sandbox_trades", "subject")
