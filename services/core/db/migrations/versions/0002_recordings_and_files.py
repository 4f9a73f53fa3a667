"""Sounds, videos, files and derived attributes of documents, and the facts of their media."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeEngine

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _json() -> TypeEngine[Any]:
    return sa.JSON(none_as_null=True).with_variant(
        postgresql.JSONB(none_as_null=True), "postgresql"
    )


def upgrade() -> None:
    for name in ("audio", "video", "files", "derived"):
        op.add_column("documents", sa.Column(name, _json(), nullable=True))
    op.add_column("media", sa.Column("duration_s", sa.Float(), nullable=True))
    op.add_column("media", sa.Column("sound", sa.Boolean(), nullable=True))
    op.add_column("media", sa.Column("sound_s", sa.Float(), nullable=True))
    op.add_column("media", sa.Column("pages", sa.Integer(), nullable=True))
    op.add_column("media", sa.Column("worded", _json(), nullable=True))


def downgrade() -> None:
    for name in ("duration_s", "sound", "sound_s", "pages", "worded"):
        op.drop_column("media", name)
    for name in ("audio", "video", "files", "derived"):
        op.drop_column("documents", name)
