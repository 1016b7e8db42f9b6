"""Teachers, lessons and how far their readers are; names in English."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

NAMES = (
    ("directions", "name_en", 100),
    ("categories", "name_en", 100),
    ("courses", "name_en", 200),
    ("courses", "discount_type_en", 50),
    ("courses", "teacher_name", 100),
    ("coupons", "name_en", 100),
)


def upgrade() -> None:
    for table, name, length in NAMES:
        op.add_column(table, sa.Column(name, sa.String(length=length), server_default="", nullable=False))
    op.add_column("courses", sa.Column("teacher_brief", sa.Text(), server_default="", nullable=False))
    op.create_table(
        "lessons",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("course_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("minutes", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("content", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("minutes >= 0", name="minutes_not_negative"),
        sa.ForeignKeyConstraint(["course_id"], ["courses.id"], name="fk_lessons_course_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_lessons"),
        sa.UniqueConstraint("course_id", "position", name="uq_lessons_course_id_position"),
    )
    op.create_table(
        "lessons_done",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("lesson_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.ForeignKeyConstraint(["lesson_id"], ["lessons.id"], name="fk_lessons_done_lesson_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_lessons_done_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "lesson_id", name="pk_lessons_done"),
    )
    op.create_index("ix_lessons_done_lesson_id", "lessons_done", ["lesson_id"])


def downgrade() -> None:
    op.drop_table("lessons_done")
    op.drop_table("lessons")
    op.drop_column("courses", "teacher_brief")
    for table, name, _ in NAMES:
        op.drop_column(table, name)
