"""The first schema: indexes, documents, the ledger, media, keys, remembered answers."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeEngine

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _name() -> TypeEngine[str]:
    return sa.String().with_variant(sa.String(collation="C"), "postgresql")


def _json() -> TypeEngine[Any]:
    return sa.JSON(none_as_null=True).with_variant(
        postgresql.JSONB(none_as_null=True), "postgresql"
    )


def _big_key() -> TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "idempotency",
        sa.Column("caller", _name(), nullable=False),
        sa.Column("key", _name(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("caller", "key"),
    )
    op.create_index("idempotency_by_expiry", "idempotency", ["expires_at"], unique=False)
    op.create_table(
        "indexes",
        sa.Column("name", _name(), nullable=False),
        sa.Column("settings", _json(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("building", sa.Integer(), nullable=True),
        sa.Column("building_settings", _json(), nullable=True),
        sa.Column("building_fingerprint", sa.String(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "instance",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("last_sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "keys",
        sa.Column("id", _name(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("secret_sha256", sa.String(), nullable=False),
        sa.Column("scopes", _json(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("secret_sha256"),
    )
    op.create_table(
        "media",
        sa.Column("id", _name(), nullable=False),
        sa.Column("index_name", _name(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("content_type", sa.String(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("media_by_age", "media", ["created_at"], unique=False)
    op.create_index("media_by_expiry", "media", ["expires_at"], unique=False)
    op.create_table(
        "documents",
        sa.Column("index_name", _name(), nullable=False),
        sa.Column("id", _name(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("in_sync", sa.Boolean(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("sku", sa.String(), nullable=True),
        sa.Column("sku_folded", _name(), nullable=True),
        sa.Column("images", _json(), nullable=False),
        sa.Column("attributes", _json(), nullable=False),
        sa.Column("signals", _json(), nullable=False),
        sa.Column("owner", sa.String(), nullable=True),
        sa.Column("consent", _json(), nullable=True),
        sa.Column("views", _json(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["index_name"], ["indexes.name"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("index_name", "id"),
    )
    op.create_index(
        "documents_by_life", "documents", ["index_name", "expires_at", "deleted"], unique=False
    )
    op.create_index("documents_by_sku", "documents", ["index_name", "sku_folded"], unique=False)
    op.create_index(
        "documents_by_sync", "documents", ["index_name", "in_sync", "deleted", "id"], unique=False
    )
    op.create_table(
        "jobs",
        sa.Column("id", _name(), nullable=False),
        sa.Column("index_name", _name(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("source", _json(), nullable=True),
        sa.Column("cursor", sa.String(), nullable=True),
        sa.Column("expanded", sa.Boolean(), nullable=False),
        sa.Column("queued", sa.Integer(), nullable=False),
        sa.Column("prepared", sa.Integer(), nullable=False),
        sa.Column("succeeded", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("cancelled", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("error_code", sa.String(), nullable=True),
        sa.Column("error_detail", sa.String(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["index_name"], ["indexes.name"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("jobs_by_index", "jobs", ["index_name", "id"], unique=False)
    op.create_index("jobs_by_state", "jobs", ["state", "id"], unique=False)
    op.create_table(
        "document_media",
        sa.Column("index_name", _name(), nullable=False),
        sa.Column("document_id", _name(), nullable=False),
        sa.Column("media_id", _name(), nullable=False),
        sa.ForeignKeyConstraint(
            ["index_name", "document_id"],
            ["documents.index_name", "documents.id"],
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("index_name", "document_id", "media_id"),
    )
    op.create_index("document_media_by_media", "document_media", ["media_id"], unique=False)
    op.create_table(
        "items",
        sa.Column("sequence", _big_key(), autoincrement=False, nullable=False),
        sa.Column("job_id", _name(), nullable=False),
        sa.Column("index_name", _name(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("document_id", _name(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("payload", _json(), nullable=False),
        sa.Column("prepared", _json(), nullable=True),
        sa.Column("error_code", sa.String(), nullable=True),
        sa.Column("error_detail", sa.String(), nullable=True),
        sa.Column("ready_at", sa.BigInteger(), nullable=False),
        sa.Column("claimed_by", _name(), nullable=True),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("sequence"),
    )
    op.create_index(
        "items_by_claim",
        "items",
        ["claimed_by"],
        unique=False,
        sqlite_where=sa.text("claimed_by IS NOT NULL"),
        postgresql_where=sa.text("claimed_by IS NOT NULL"),
    )
    op.create_index("items_by_document", "items", ["index_name", "document_id"], unique=False)
    op.create_index("items_by_job", "items", ["job_id", "sequence"], unique=False)
    op.create_index("items_by_state", "items", ["job_id", "state", "sequence"], unique=False)
    op.create_table(
        "item_media",
        sa.Column("sequence", _big_key(), nullable=False),
        sa.Column("media_id", _name(), nullable=False),
        sa.ForeignKeyConstraint(["sequence"], ["items.sequence"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("sequence", "media_id"),
    )
    op.create_index("item_media_by_media", "item_media", ["media_id"], unique=False)


def downgrade() -> None:
    for table in (
        "document_media",
        "item_media",
        "items",
        "jobs",
        "documents",
        "media",
        "keys",
        "instance",
        "indexes",
        "idempotency",
    ):
        op.drop_table(table)
