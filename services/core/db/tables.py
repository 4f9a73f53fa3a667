"""The tables of the catalog and the ledger. A change here needs a migration; a test compares."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    text,
)

from services.core.db.columns import Instant, big_key_type, json_type, name_type
from services.core.db.metadata import metadata

# The words of partial indexes: SQLite uses one only for a query that says the very same.
WAITING: Final = "state IN ('queued', 'prepared')"
FAILED: Final = "state = 'failed'"

instance: Final = Table(
    "instance",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("secret", LargeBinary, nullable=False),
    # The last number given to an item or a deletion; its row lock puts writes in one order.
    Column("last_sequence", BigInteger, nullable=False),
    # The backup that is being restored: until that is over, nobody serves from here.
    Column("restoring", String),
)

indexes: Final = Table(
    "indexes",
    metadata,
    Column("name", name_type(), primary_key=True),
    Column("settings", json_type(), nullable=False),
    Column("fingerprint", String, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("building", Integer),
    Column("building_settings", json_type()),
    Column("building_fingerprint", String),
    Column("rerank", json_type()),
    Column("former", json_type()),
    Column("created_at", Instant, nullable=False),
)

documents: Final = Table(
    "documents",
    metadata,
    Column("index_name", ForeignKey("indexes.name", ondelete="CASCADE"), primary_key=True),
    Column("id", name_type(), primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    Column("deleted", Boolean, nullable=False),
    Column("in_sync", Boolean, nullable=False),
    Column("title", String, nullable=False),
    Column("description", String, nullable=False),
    Column("sku", String),
    Column("sku_folded", name_type()),
    Column("images", json_type(), nullable=False),
    Column("attributes", json_type(), nullable=False),
    Column("signals", json_type(), nullable=False),
    Column("owner", String),
    Column("consent", json_type()),
    Column("views", json_type(), nullable=False),
    Column("expires_at", Instant),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    # Rows older than these columns have NULL in them.
    Column("audio", json_type()),
    Column("video", json_type()),
    Column("files", json_type()),
    Column("derived", json_type()),
    Index("documents_by_sku", "index_name", "sku_folded"),
    Index("documents_by_life", "index_name", "expires_at", "deleted"),
    Index("documents_by_sync", "index_name", "in_sync", "deleted", "id"),
)

jobs: Final = Table(
    "jobs",
    metadata,
    Column("id", name_type(), primary_key=True),
    Column("index_name", ForeignKey("indexes.name", ondelete="CASCADE"), nullable=False),
    Column("kind", String, nullable=False),
    Column("state", String, nullable=False),
    Column("source", json_type()),
    Column("cursor", String),
    Column("expanded", Boolean, nullable=False),
    # Items by state, kept in step with every change of an item: a big job is settled at once.
    Column("queued", Integer, nullable=False),
    Column("prepared", Integer, nullable=False),
    Column("succeeded", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("cancelled", Integer, nullable=False),
    # A rebuild has no items: documents done, of so many.
    Column("done", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("error_code", String),
    Column("error_detail", String),
    Column("created_at", Instant, nullable=False),
    Column("started_at", Instant),
    Column("finished_at", Instant),
    # Tasks that ended in an error since it last came on, and when the next may be sent.
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("due_at", Instant),
    Index("jobs_by_index", "index_name", "id"),
    Index("jobs_by_state", "state", "id"),
)

items: Final = Table(
    "items",
    metadata,
    Column("sequence", big_key_type(), primary_key=True, autoincrement=False),
    Column("job_id", ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False),
    Column("index_name", name_type(), nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("document_id", name_type(), nullable=False),
    Column("state", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("payload", json_type(), nullable=False),
    Column("prepared", json_type()),
    Column("error_code", String),
    Column("error_detail", String),
    # Nobody may claim it before: the end of a lease, or of the pause after a failed attempt.
    Column("ready_at", Instant, nullable=False),
    Column("claimed_by", name_type()),
    Column("updated_at", Instant, nullable=False),
    # Workers that died with it in hand since it last came on.
    Column("crashes", Integer, nullable=False, server_default="0"),
    Index("items_by_state", "job_id", "state", "sequence"),
    # In the order of claiming: a big job is taken from without being sorted.
    Index("items_by_due", "job_id", "state", "ready_at", "sequence"),
    Index("items_by_job", "job_id", "sequence"),
    Index("items_by_document", "index_name", "document_id"),
    # What operators watch: since when items wait, and why they failed.
    Index(
        "items_waiting",
        "state",
        "updated_at",
        sqlite_where=text(WAITING),
        postgresql_where=text(WAITING),
    ),
    Index(
        "items_failed",
        "state",
        "error_code",
        sqlite_where=text(FAILED),
        postgresql_where=text(FAILED),
    ),
    Index(
        "items_by_claim",
        "claimed_by",
        sqlite_where=text("claimed_by IS NOT NULL"),
        postgresql_where=text("claimed_by IS NOT NULL"),
    ),
)

queues: Final = Table(
    "queues",
    metadata,
    # A queue is paused while it has a row here.
    Column("name", name_type(), primary_key=True),
    Column("paused_at", Instant, nullable=False),
)

recall_probes: Final = Table(
    "recall_probes",
    metadata,
    Column(
        "index_name",
        ForeignKey("indexes.name", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("generation", Integer, nullable=False),
    Column("recall", Float, nullable=False),
    Column("reference", String, nullable=False),
    Column("queries", Integer, nullable=False),
    Column("views", BigInteger, nullable=False),
    Column("took_s", Float, nullable=False),
    Column("at", Instant, nullable=False),
)

item_media: Final = Table(
    "item_media",
    metadata,
    Column("sequence", ForeignKey("items.sequence", ondelete="CASCADE"), primary_key=True),
    Column("media_id", name_type(), primary_key=True),
    Index("item_media_by_media", "media_id"),
)

media: Final = Table(
    "media",
    metadata,
    Column("id", name_type(), primary_key=True),
    # No foreign key: the bytes of a removed index must still be found and deleted.
    Column("index_name", name_type()),
    Column("kind", String, nullable=False),
    Column("content_type", String, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("sha256", String, nullable=False),
    Column("owner", String),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant),
    # Rows older than these columns are of pictures, and have NULL in them.
    Column("duration_s", Float),
    Column("sound", Boolean),
    Column("sound_s", Float),
    Column("pages", Integer),
    Column("worded", json_type()),
    Index("media_by_age", "created_at"),
    Index("media_by_expiry", "expires_at"),
)

document_media: Final = Table(
    "document_media",
    metadata,
    Column("index_name", name_type(), primary_key=True),
    Column("document_id", name_type(), primary_key=True),
    Column("media_id", name_type(), primary_key=True),
    ForeignKeyConstraint(
        ["index_name", "document_id"], ["documents.index_name", "documents.id"], ondelete="CASCADE"
    ),
    Index("document_media_by_media", "media_id"),
)

torn_writes: Final = Table(
    "torn_writes",
    metadata,
    Column("index_name", name_type(), primary_key=True),
    Column("document_id", name_type(), primary_key=True),
    Column("since", Instant, nullable=False),
    ForeignKeyConstraint(
        ["index_name", "document_id"], ["documents.index_name", "documents.id"], ondelete="CASCADE"
    ),
)

keys: Final = Table(
    "keys",
    metadata,
    Column("id", name_type(), primary_key=True),
    Column("name", String, nullable=False),
    Column("secret_sha256", String, nullable=False, unique=True),
    Column("scopes", json_type(), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant),
)

idempotency: Final = Table(
    "idempotency",
    metadata,
    Column("caller", name_type(), primary_key=True),
    Column("key", name_type(), primary_key=True),
    Column("fingerprint", String, nullable=False),
    Column("status", Integer, nullable=False),
    Column("body", String, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Index("idempotency_by_expiry", "expires_at"),
)
