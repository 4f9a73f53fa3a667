"""The collection of an index that served before its last rebuild."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    json = sa.JSON(none_as_null=True).with_variant(
        postgresql.JSONB(none_as_null=True), "postgresql"
    )
    op.add_column("indexes", sa.Column("former", json, nullable=True))


def downgrade() -> None:
    op.drop_column("indexes", "former")
