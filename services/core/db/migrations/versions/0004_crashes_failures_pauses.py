"""Crashes of workers per item, failures of tasks per job, and queues that are paused."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("items", sa.Column("crashes", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("jobs", sa.Column("failures", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("jobs", sa.Column("due_at", sa.BigInteger(), nullable=True))
    due = ["job_id", "state", "ready_at", "sequence"]
    op.create_index("items_by_due", "items", due, unique=False)
    op.create_table(
        "queues",
        sa.Column(
            "name",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("paused_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def downgrade() -> None:
    op.drop_table("queues")
    op.drop_index("items_by_due", table_name="items")
    op.drop_column("jobs", "due_at")
    op.drop_column("jobs", "failures")
    op.drop_column("items", "crashes")
