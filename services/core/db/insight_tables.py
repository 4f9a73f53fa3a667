"""The tables of learning: searches, events, configurations, evaluations, experiments, watch."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Boolean, Column, Float, ForeignKey, Index, Integer, String, Table

from services.core.db.columns import Instant, json_type, name_type
from services.core.db.metadata import metadata

configurations: Final = Table(
    "configurations",
    metadata,
    Column("name", name_type(), primary_key=True),
    Column("definition", json_type(), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
)

searches: Final = Table(
    "searches",
    metadata,
    Column("query_id", name_type(), primary_key=True),
    # No foreign key: it is written some moments later, when the index may be gone.
    Column("index_name", name_type(), nullable=False),
    Column("at", Instant, nullable=False),
    # What was searched with: text, image, composed, audio, video, document.
    Column("kind", String, nullable=False),
    Column("text", String),
    Column("client", name_type()),
    Column("configuration", name_type()),
    Column("experiment", name_type()),
    Column("variant", name_type()),
    # Document ids of the page in their order, from rank `first_rank` on.
    Column("shown", json_type(), nullable=False),
    Column("first_rank", Integer, nullable=False),
    # Of an interleaved page: the variant that each shown document counts for, in their order.
    Column("teams", json_type()),
    Column("top_score", Float),
    Column("took_ms", Float, nullable=False),
    Column("degraded", Boolean, nullable=False),
    Column("bot", Boolean, nullable=False),
    Index("searches_by_index", "index_name", "at"),
    Index("searches_by_experiment", "experiment", "client"),
    Index("searches_by_age", "at"),
)

events: Final = Table(
    "events",
    metadata,
    Column("id", name_type(), primary_key=True),
    Column("query_id", name_type(), nullable=False),
    Column("action_name", String, nullable=False),
    Column("object_id", name_type()),
    Column("position", Integer),
    Column("client", name_type()),
    Column("at", Instant, nullable=False),
    Column("received_at", Instant, nullable=False),
    # Why it does not count: bot, repeated; NULL where it does.
    Column("excluded", String),
    Index("events_by_query", "query_id"),
    Index("events_by_client", "client", "at"),
    Index("events_by_age", "received_at"),
)

propensities: Final = Table(
    "propensities",
    metadata,
    Column("index_name", ForeignKey("indexes.name", ondelete="CASCADE"), primary_key=True),
    # Where they come from: set, or estimated (and how).
    Column("source", String, nullable=False),
    # Of positions 1, 2, ...: the chance that what stands there is looked at, that of 1 being 1.
    Column("by_position", json_type(), nullable=False),
    Column("at", Instant, nullable=False),
)

learned_signals: Final = Table(
    "learned_signals",
    metadata,
    Column("index_name", ForeignKey("indexes.name", ondelete="CASCADE"), primary_key=True),
    Column("document_id", name_type(), primary_key=True),
    Column("ctr", Float, nullable=False),
    Column("impressions", Float, nullable=False),
    Column("clicks", Float, nullable=False),
    Column("at", Instant, nullable=False),
)

query_sets: Final = Table(
    "query_sets",
    metadata,
    Column("name", name_type(), primary_key=True),
    Column("index_name", ForeignKey("indexes.name", ondelete="CASCADE"), nullable=False),
    Column("description", String, nullable=False),
    Column("created_at", Instant, nullable=False),
)

judged_queries: Final = Table(
    "judged_queries",
    metadata,
    Column("set_name", ForeignKey("query_sets.name", ondelete="CASCADE"), primary_key=True),
    Column("query_id", name_type(), primary_key=True),
    Column("ordinal", Integer, nullable=False),
    Column("text", String),
    # Key in the media store and kind of each medium.
    Column("media", json_type(), nullable=False),
    Column("category", String),
    # The query that this one says in other words.
    Column("paraphrase_of", name_type()),
    Column("grades", json_type(), nullable=False),
)

evaluations: Final = Table(
    "evaluations",
    metadata,
    Column("id", name_type(), primary_key=True),
    Column("state", String, nullable=False),
    Column("request", json_type(), nullable=False),
    Column("done", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("report", json_type()),
    Column("error_code", String),
    Column("error_detail", String),
    # Nobody else may claim it before: the end of a lease.
    Column("ready_at", Instant, nullable=False),
    Column("claimed_by", name_type()),
    # Tries in a row that ended in an error of ours, or with their worker.
    Column("failures", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("started_at", Instant),
    Column("finished_at", Instant),
    Index("evaluations_by_state", "state", "ready_at"),
)

evaluation_parts: Final = Table(
    "evaluation_parts",
    metadata,
    # What is measured already, so that a restart goes on where it was.
    Column("evaluation_id", ForeignKey("evaluations.id", ondelete="CASCADE"), primary_key=True),
    Column("part", name_type(), primary_key=True),
    Column("result", json_type(), nullable=False),
)

experiments: Final = Table(
    "experiments",
    metadata,
    Column("name", name_type(), primary_key=True),
    Column("index_name", ForeignKey("indexes.name", ondelete="CASCADE"), nullable=False),
    Column("kind", String, nullable=False),
    Column("state", String, nullable=False),
    Column("layer", name_type(), nullable=False),
    # Its part of the layer's buckets: from (included) to (excluded).
    Column("bucket_from", Integer, nullable=False),
    Column("bucket_to", Integer, nullable=False),
    Column("definition", json_type(), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("started_at", Instant),
    Column("stopped_at", Instant),
    Column("report", json_type()),
    Column("reported_at", Instant),
    Index("experiments_by_index", "index_name", "state"),
)

populations: Final = Table(
    "populations",
    metadata,
    Column("index_name", ForeignKey("indexes.name", ondelete="CASCADE"), primary_key=True),
    # Whose, and of what kind: queries/text, documents/image, ...
    Column("what", name_type(), primary_key=True),
    Column("baseline", Boolean, primary_key=True),
    Column("since", Instant, primary_key=True),
    Column("space", String, nullable=False),
    Column("statistics", json_type(), nullable=False),
)

drifts: Final = Table(
    "drifts",
    metadata,
    Column("index_name", ForeignKey("indexes.name", ondelete="CASCADE"), primary_key=True),
    Column("report", json_type(), nullable=False),
    Column("at", Instant, nullable=False),
)

quality_probes: Final = Table(
    "quality_probes",
    metadata,
    Column("index_name", ForeignKey("indexes.name", ondelete="CASCADE"), primary_key=True),
    Column("query_set", name_type(), nullable=False),
    Column("measures", json_type(), nullable=False),
    Column("queries", Integer, nullable=False),
    Column("took_s", Float, nullable=False),
    Column("at", Instant, nullable=False),
)
