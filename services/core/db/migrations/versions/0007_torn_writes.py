"""Documents whose vectors are being written, until SQL has them too."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    name = sa.String().with_variant(sa.String(collation="C"), "postgresql")
    op.create_table(
        "torn_writes",
        sa.Column("index_name", name, nullable=False),
        sa.Column("document_id", name, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["index_name", "document_id"],
            ["documents.index_name", "documents.id"],
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("index_name", "document_id"),
    )


def downgrade() -> None:
    op.drop_table("torn_writes")
