"""The first tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.schema import CreateSequence, DropSequence

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ORDER_NUMBERS = sa.Sequence("order_number_seq", minvalue=1, maxvalue=99_999_999, cycle=True)


def upgrade() -> None:
    op.execute(CreateSequence(ORDER_NUMBERS))
    op.create_table(
        "directions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_directions"),
    )
    op.create_table(
        "categories",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("direction_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["direction_id"], ["directions.id"], name="fk_categories_direction_id"),
        sa.PrimaryKeyConstraint("id", name="pk_categories"),
    )
    op.create_index("ix_categories_direction_id", "categories", ["direction_id"])
    op.create_table(
        "courses",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("cover", sa.String(length=255), server_default="", nullable=False),
        sa.Column("brief", sa.Text(), server_default="", nullable=False),
        sa.Column("price", sa.Numeric(precision=10, scale=2), nullable=False),
        sa.Column("credit", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("direction_id", sa.BigInteger(), nullable=False),
        sa.Column("category_id", sa.BigInteger(), nullable=False),
        sa.Column("discount_type", sa.String(length=50), nullable=True),
        sa.Column("discount_price", sa.Numeric(precision=10, scale=2), nullable=True),
        sa.CheckConstraint("(discount_price IS NULL) = (discount_type IS NULL)", name="discount_whole"),
        sa.CheckConstraint("credit >= 0", name="credit_not_negative"),
        sa.CheckConstraint("discount_price >= 0 AND discount_price <= price", name="discount_in_range"),
        sa.CheckConstraint("price >= 0", name="price_not_negative"),
        sa.ForeignKeyConstraint(["category_id"], ["categories.id"], name="fk_courses_category_id"),
        sa.ForeignKeyConstraint(["direction_id"], ["directions.id"], name="fk_courses_direction_id"),
        sa.PrimaryKeyConstraint("id", name="pk_courses"),
    )
    op.create_index("ix_courses_category_id", "courses", ["category_id"])
    op.create_index("ix_courses_direction_id", "courses", ["direction_id"])
    op.create_table(
        "users",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("username", sa.String(length=150), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("credit", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("is_staff", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("nickname", sa.String(length=50), server_default="", nullable=False),
        sa.Column("avatar", sa.String(length=255), server_default="", nullable=False),
        sa.Column("position", sa.String(length=50), server_default="", nullable=False),
        sa.Column("city", sa.String(length=50), server_default="", nullable=False),
        sa.Column("gender", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("signature", sa.String(length=255), server_default="", nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint("credit >= 0", name="credit_not_negative"),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("username", name="uq_users_username"),
    )
    op.create_table(
        "revoked_sessions",
        sa.Column("session_id", sa.String(length=36), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("session_id", name="pk_revoked_sessions"),
    )
    op.create_index("ix_revoked_sessions_expires_at", "revoked_sessions", ["expires_at"])
    op.create_table(
        "cart_items",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("course_id", sa.BigInteger(), nullable=False),
        sa.Column("selected", sa.Boolean(), server_default="true", nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["courses.id"], name="fk_cart_items_course_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_cart_items_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "course_id", name="pk_cart_items"),
    )
    op.create_table(
        "coupons",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("discount", sa.SmallInteger(), nullable=False),
        sa.Column("coupon_type", sa.SmallInteger(), nullable=False),
        sa.Column("get_type", sa.SmallInteger(), nullable=False),
        sa.Column("condition", sa.Numeric(precision=10, scale=2), server_default="0", nullable=False),
        sa.Column("sale", sa.String(length=20), nullable=False),
        sa.Column("start_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("total", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("per_user", sa.SmallInteger(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "(discount = 1 AND sale ~ '^-[0-9]{1,8}(\\.[0-9]{1,2})?$') OR "
            "(discount = 2 AND sale ~ '^\\*(0(\\.[0-9]{1,4})?|1(\\.0{1,4})?)$')",
            name="sale",
        ),
        sa.CheckConstraint("condition >= 0", name="condition_not_negative"),
        sa.CheckConstraint("coupon_type BETWEEN 0 AND 3", name="coupon_type"),
        sa.CheckConstraint("discount IN (1, 2)", name="discount"),
        sa.CheckConstraint("get_type IN (0, 1)", name="get_type"),
        sa.CheckConstraint("per_user >= 1", name="per_user_positive"),
        sa.CheckConstraint("start_time < end_time", name="period"),
        sa.CheckConstraint("total >= 0", name="total_not_negative"),
        sa.PrimaryKeyConstraint("id", name="pk_coupons"),
    )
    op.create_table(
        "coupon_directions",
        sa.Column("coupon_id", sa.BigInteger(), nullable=False),
        sa.Column("target_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["coupon_id"], ["coupons.id"], name="fk_coupon_directions_coupon_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["target_id"], ["directions.id"], name="fk_coupon_directions_target_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("coupon_id", "target_id", name="pk_coupon_directions"),
    )
    op.create_index("ix_coupon_directions_target_id", "coupon_directions", ["target_id"])
    op.create_table(
        "coupon_categories",
        sa.Column("coupon_id", sa.BigInteger(), nullable=False),
        sa.Column("target_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["coupon_id"], ["coupons.id"], name="fk_coupon_categories_coupon_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["target_id"], ["categories.id"], name="fk_coupon_categories_target_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("coupon_id", "target_id", name="pk_coupon_categories"),
    )
    op.create_index("ix_coupon_categories_target_id", "coupon_categories", ["target_id"])
    op.create_table(
        "coupon_courses",
        sa.Column("coupon_id", sa.BigInteger(), nullable=False),
        sa.Column("target_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["coupon_id"], ["coupons.id"], name="fk_coupon_courses_coupon_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["target_id"], ["courses.id"], name="fk_coupon_courses_target_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("coupon_id", "target_id", name="pk_coupon_courses"),
    )
    op.create_index("ix_coupon_courses_target_id", "coupon_courses", ["target_id"])
    op.create_table(
        "user_coupons",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("coupon_id", sa.BigInteger(), nullable=False),
        sa.Column("expired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.ForeignKeyConstraint(["coupon_id"], ["coupons.id"], name="fk_user_coupons_coupon_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_user_coupons_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_user_coupons"),
    )
    op.create_index("ix_user_coupons_coupon_id", "user_coupons", ["coupon_id"])
    op.create_index(
        "ix_user_coupons_unexpired", "user_coupons", ["coupon_id"], postgresql_where=sa.text("expired_at IS NULL")
    )
    op.create_index("ix_user_coupons_user_id", "user_coupons", ["user_id"])
    op.create_table(
        "orders",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_number", sa.String(length=40), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("round", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("pay_type", sa.SmallInteger(), nullable=False),
        sa.Column("total_price", sa.Numeric(precision=10, scale=2), nullable=False),
        sa.Column("real_price", sa.Numeric(precision=10, scale=2), nullable=False),
        sa.Column("credit", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("user_coupon_id", sa.BigInteger(), nullable=True),
        sa.Column("coupon", JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("remind_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hidden", sa.Boolean(), server_default="false", nullable=False),
        sa.CheckConstraint("(status IN (1, 4)) = (paid_at IS NOT NULL)", name="paid_at"),
        sa.CheckConstraint("credit >= 0", name="credit_not_negative"),
        sa.CheckConstraint("real_price >= 0 AND real_price <= total_price", name="real_price"),
        sa.CheckConstraint("status BETWEEN 0 AND 4", name="status"),
        sa.ForeignKeyConstraint(["user_coupon_id"], ["user_coupons.id"], name="fk_orders_user_coupon_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_orders_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_orders"),
        sa.UniqueConstraint("order_number", name="uq_orders_order_number"),
    )
    op.create_index("ix_orders_deadline", "orders", ["expires_at"], postgresql_where=sa.text("status = 0"))
    op.create_index(
        "ix_orders_reminder", "orders", ["remind_at"], postgresql_where=sa.text("status = 0 AND remind_at IS NOT NULL")
    )
    op.create_index("ix_orders_user", "orders", ["user_id", "id"])
    op.create_index(
        "uq_orders_live_coupon",
        "orders",
        ["user_coupon_id"],
        unique=True,
        postgresql_where=sa.text("status IN (0, 1) AND user_coupon_id IS NOT NULL"),
    )
    op.create_table(
        "order_courses",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("course_id", sa.BigInteger(), nullable=False),
        sa.Column("course_name", sa.String(length=200), nullable=False),
        sa.Column("course_cover", sa.String(length=255), nullable=False),
        sa.Column("price", sa.Numeric(precision=10, scale=2), nullable=False),
        sa.Column("real_price", sa.Numeric(precision=10, scale=2), nullable=False),
        sa.Column("discount_name", sa.String(length=50), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["courses.id"], name="fk_order_courses_course_id"),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_order_courses_order_id"),
        sa.PrimaryKeyConstraint("id", name="pk_order_courses"),
    )
    op.create_index("ix_order_courses_course_id", "order_courses", ["course_id"])
    op.create_index("ix_order_courses_order_id", "order_courses", ["order_id"])
    op.create_table(
        "ledger",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("action", sa.String(length=10), nullable=False),
        sa.Column("round", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("user_coupon_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint("(kind = 'coupon') = (user_coupon_id IS NOT NULL)", name="coupon_named"),
        sa.CheckConstraint("action IN ('take', 'give_back')", name="action"),
        sa.CheckConstraint("kind IN ('credit', 'coupon')", name="kind"),
        sa.CheckConstraint("amount > 0", name="amount"),
        sa.PrimaryKeyConstraint("id", name="pk_ledger"),
        sa.UniqueConstraint("order_id", "kind", "action", "round", name="uq_ledger_order_id_kind_action_round"),
    )
    op.create_index("ix_ledger_user", "ledger", ["user_id", "id"])
    op.create_table(
        "order_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("data", JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("id", name="pk_order_events"),
    )
    op.create_index("ix_order_events_order", "order_events", ["order_id", "id"])
    op.create_index("ix_order_events_user", "order_events", ["user_id", "id"])
    op.create_table(
        "wallet_outbox",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("user_coupon_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_wallet_outbox"),
    )
    op.create_index("ix_wallet_outbox_user_coupon_id", "wallet_outbox", ["user_coupon_id"])
    op.create_table(
        "quarantined_timeouts",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("kind", "subject_id", name="pk_quarantined_timeouts"),
    )
    op.create_table(
        "sandbox_keys",
        sa.Column("side", sa.String(length=10), nullable=False),
        sa.Column("private_pem", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("side", name="pk_sandbox_keys"),
    )
    op.create_table(
        "sandbox_trades",
        sa.Column("trade_no", sa.String(length=64), nullable=False),
        sa.Column("out_trade_no", sa.String(length=64), nullable=False),
        sa.Column("amount", sa.Numeric(precision=10, scale=2), nullable=False),
        sa.Column("refunded", sa.Numeric(precision=10, scale=2), server_default="0", nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("trade_no", name="pk_sandbox_trades"),
    )
    op.create_index("ix_sandbox_trades_out_trade_no", "sandbox_trades", ["out_trade_no"])
    op.create_table(
        "credit_grants",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.String(length=255), server_default="", nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["users.id"], name="fk_credit_grants_staff_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_credit_grants_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_credit_grants"),
    )
    op.create_index("ix_credit_grants_user_id", "credit_grants", ["user_id"])
    op.create_table(
        "idempotency_keys",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("answer", JSONB(), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_idempotency_keys_user_id"),
        sa.PrimaryKeyConstraint("user_id", "key", name="pk_idempotency_keys"),
    )
    op.create_table(
        "sandbox_refunds",
        sa.Column("request_no", sa.String(length=64), nullable=False),
        sa.Column("trade_no", sa.String(length=64), nullable=False),
        sa.Column("amount", sa.Numeric(precision=10, scale=2), nullable=False),
        sa.ForeignKeyConstraint(["trade_no"], ["sandbox_trades.trade_no"], name="fk_sandbox_refunds_trade_no"),
        sa.PrimaryKeyConstraint("request_no", name="pk_sandbox_refunds"),
    )
    op.create_table(
        "payment_intents",
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("asked", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("ask_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_payment_intents_order_id"),
        sa.PrimaryKeyConstraint("order_id", name="pk_payment_intents"),
    )
    op.create_index("ix_payment_intents_ask_at", "payment_intents", ["ask_at"])
    op.create_table(
        "payments",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("trade_no", sa.String(length=64), nullable=False),
        sa.Column("amount", sa.Numeric(precision=10, scale=2), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint("outcome IN ('paid', 'honoured', 'refunded')", name="outcome"),
        sa.CheckConstraint("amount > 0", name="amount"),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_payments_order_id"),
        sa.PrimaryKeyConstraint("id", name="pk_payments"),
        sa.UniqueConstraint("trade_no", name="uq_payments_trade_no"),
    )
    op.create_index("ix_payments_order_id", "payments", ["order_id"])
    op.create_table(
        "reviews",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("course_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("rating", sa.SmallInteger(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint("rating BETWEEN 1 AND 5", name="rating"),
        sa.ForeignKeyConstraint(["course_id"], ["courses.id"], name="fk_reviews_course_id"),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_reviews_order_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_reviews_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_reviews"),
        sa.UniqueConstraint("order_id", "course_id", name="uq_reviews_order_id_course_id"),
    )
    op.create_index("ix_reviews_course_id", "reviews", ["course_id"])
    op.create_table(
        "refunds",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("payment_id", sa.BigInteger(), nullable=False),
        sa.Column("request_no", sa.String(length=64), nullable=False),
        sa.Column("amount", sa.Numeric(precision=10, scale=2), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("retry_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint("amount > 0", name="amount"),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name="fk_refunds_payment_id"),
        sa.PrimaryKeyConstraint("id", name="pk_refunds"),
        sa.UniqueConstraint("payment_id", name="uq_refunds_payment_id"),
        sa.UniqueConstraint("request_no", name="uq_refunds_request_no"),
    )
    op.create_index("ix_refunds_due", "refunds", ["retry_at"], postgresql_where=sa.text("done_at IS NULL"))


def downgrade() -> None:
    op.drop_table("refunds")
    op.drop_table("reviews")
    op.drop_table("payments")
    op.drop_table("payment_intents")
    op.drop_table("sandbox_refunds")
    op.drop_table("idempotency_keys")
    op.drop_table("credit_grants")
    op.drop_table("sandbox_trades")
    op.drop_table("sandbox_keys")
    op.drop_table("quarantined_timeouts")
    op.drop_table("wallet_outbox")
    op.drop_table("order_events")
    op.drop_table("ledger")
    op.drop_table("order_courses")
    op.drop_table("orders")
    op.drop_table("user_coupons")
    op.drop_table("coupon_courses")
    op.drop_table("coupon_categories")
    op.drop_table("coupon_directions")
    op.drop_table("coupons")
    op.drop_table("cart_items")
    op.drop_table("revoked_sessions")
    op.drop_table("users")
    op.drop_table("courses")
    op.drop_table("categories")
    op.drop_table("directions")
    op.execute(DropSequence(ORDER_NUMBERS))
