"""What learning keeps (searches, events, experiments, ...), and which restore is not over."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    name = sa.String().with_variant(sa.String(collation="C"), "postgresql")
    json = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
    op.add_column("instance", sa.Column("restoring", sa.String()))
    op.create_table(
        "configurations",
        sa.Column("name", name, nullable=False),
        sa.Column("definition", json, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "searches",
        sa.Column("query_id", name, nullable=False),
        sa.Column("index_name", name, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("text", sa.String()),
        sa.Column("client", name),
        sa.Column("configuration", name),
        sa.Column("experiment", name),
        sa.Column("variant", name),
        sa.Column("shown", json, nullable=False),
        sa.Column("first_rank", sa.Integer(), nullable=False),
        sa.Column("teams", json),
        sa.Column("top_score", sa.Float()),
        sa.Column("took_ms", sa.Float(), nullable=False),
        sa.Column("degraded", sa.Boolean(), nullable=False),
        sa.Column("bot", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("query_id"),
    )
    op.create_index("searches_by_age", "searches", ["at"])
    op.create_index("searches_by_experiment", "searches", ["experiment", "client"])
    op.create_index("searches_by_index", "searches", ["index_name", "at"])
    op.create_table(
        "events",
        sa.Column("id", name, nullable=False),
        sa.Column("query_id", name, nullable=False),
        sa.Column("action_name", sa.String(), nullable=False),
        sa.Column("object_id", name),
        sa.Column("position", sa.Integer()),
        sa.Column("client", name),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("excluded", sa.String()),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("events_by_age", "events", ["received_at"])
    op.create_index("events_by_client", "events", ["client", "at"])
    op.create_index("events_by_query", "events", ["query_id"])
    op.create_table(
        "propensities",
        sa.Column("index_name", name, nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("by_position", json, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["index_name"], ["indexes.name"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("index_name"),
    )
    op.create_table(
        "learned_signals",
        sa.Column("index_name", name, nullable=False),
        sa.Column("document_id", name, nullable=False),
        sa.Column("ctr", sa.Float(), nullable=False),
        sa.Column("impressions", sa.Float(), nullable=False),
        sa.Column("clicks", sa.Float(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["index_name"], ["indexes.name"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("index_name", "document_id"),
    )
    op.create_table(
        "query_sets",
        sa.Column("name", name, nullable=False),
        sa.Column("index_name", name, nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["index_name"], ["indexes.name"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "judged_queries",
        sa.Column("set_name", name, nullable=False),
        sa.Column("query_id", name, nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("text", sa.String()),
        sa.Column("media", json, nullable=False),
        sa.Column("category", sa.String()),
        sa.Column("paraphrase_of", name),
        sa.Column("grades", json, nullable=False),
        sa.ForeignKeyConstraint(["set_name"], ["query_sets.name"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("set_name", "query_id"),
    )
    op.create_table(
        "evaluations",
        sa.Column("id", name, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("request", json, nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("report", json),
        sa.Column("error_code", sa.String()),
        sa.Column("error_detail", sa.String()),
        sa.Column("ready_at", sa.BigInteger(), nullable=False),
        sa.Column("claimed_by", name),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.BigInteger()),
        sa.Column("finished_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("evaluations_by_state", "evaluations", ["state", "ready_at"])
    op.create_table(
        "evaluation_parts",
        sa.Column("evaluation_id", name, nullable=False),
        sa.Column("part", name, nullable=False),
        sa.Column("result", json, nullable=False),
        sa.ForeignKeyConstraint(["evaluation_id"], ["evaluations.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("evaluation_id", "part"),
    )
    op.create_table(
        "experiments",
        sa.Column("name", name, nullable=False),
        sa.Column("index_name", name, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("layer", name, nullable=False),
        sa.Column("bucket_from", sa.Integer(), nullable=False),
        sa.Column("bucket_to", sa.Integer(), nullable=False),
        sa.Column("definition", json, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.BigInteger()),
        sa.Column("stopped_at", sa.BigInteger()),
        sa.Column("report", json),
        sa.Column("reported_at", sa.BigInteger()),
        sa.ForeignKeyConstraint(["index_name"], ["indexes.name"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_index("experiments_by_index", "experiments", ["index_name", "state"])
    op.create_table(
        "populations",
        sa.Column("index_name", name, nullable=False),
        sa.Column("what", name, nullable=False),
        sa.Column("baseline", sa.Boolean(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("space", sa.String(), nullable=False),
        sa.Column("statistics", json, nullable=False),
        sa.ForeignKeyConstraint(["index_name"], ["indexes.name"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("index_name", "what", "baseline", "since"),
    )
    op.create_table(
        "drifts",
        sa.Column("index_name", name, nullable=False),
        sa.Column("report", json, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["index_name"], ["indexes.name"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("index_name"),
    )
    op.create_table(
        "quality_probes",
        sa.Column("index_name", name, nullable=False),
        sa.Column("query_set", name, nullable=False),
        sa.Column("measures", json, nullable=False),
        sa.Column("queries", sa.Integer(), nullable=False),
        sa.Column("took_s", sa.Float(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["index_name"], ["indexes.name"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("index_name"),
    )


def downgrade() -> None:
    op.drop_table("quality_probes")
    op.drop_table("drifts")
    op.drop_table("populations")
    op.drop_table("experiments")
    op.drop_table("evaluation_parts")
    op.drop_table("evaluations")
    op.drop_table("judged_queries")
    op.drop_table("query_sets")
    op.drop_table("learned_signals")
    op.drop_table("propensities")
    op.drop_table("events")
    op.drop_table("searches")
    op.drop_table("configurations")
    op.drop_column("instance", "restoring")
