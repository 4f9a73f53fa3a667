"""What operators watch: indexes for the ledger's figures, and what the recall probes found."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    name = sa.String().with_variant(sa.String(collation="C"), "postgresql")
    waiting, failed = sa.text("state IN ('queued', 'prepared')"), sa.text("state = 'failed'")
    op.create_index(
        "items_waiting",
        "items",
        ["state", "updated_at"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
    op.create_index(
        "items_failed",
        "items",
        ["state", "error_code"],
        sqlite_where=failed,
        postgresql_where=failed,
    )
    op.create_table(
        "recall_probes",
        sa.Column("index_name", name, nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("recall", sa.Float(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("queries", sa.Integer(), nullable=False),
        sa.Column("views", sa.BigInteger(), nullable=False),
        sa.Column("took_s", sa.Float(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["index_name"], ["indexes.name"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("index_name"),
    )


def downgrade() -> None:
    op.drop_table("recall_probes")
    op.drop_index("items_failed", table_name="items")
    op.drop_index("items_waiting", table_name="items")
