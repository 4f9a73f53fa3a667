"""Every task and every queue there is; arguments of tasks are ids only."""

from __future__ import annotations

from typing import Final

INGEST_EXPAND: Final = "ingest.expand"
"""Read an import's source into items. Argument: job_id."""
INGEST_PREPARE: Final = "ingest.prepare"
"""Fetch, check and store the media of a job's queued items. Argument: job_id."""
INGEST_EMBED: Final = "ingest.embed"
"""Embed and index a job's prepared items. Argument: job_id."""
INDEX_REBUILD: Final = "index.rebuild"
"""Fill a new collection from SQL and switch to it. Argument: job_id."""
SWEEP: Final = "maintenance.sweep"
"""Re-queue unfinished jobs, finish deletions, drop expired media. No argument."""
DUE: Final = "maintenance.due"
"""Send the tasks of jobs that have something due and nothing on its way. No argument."""
INSIGHT_EVALUATE: Final = "insight.evaluate"
"""Ask a query set and measure the answers. Argument: evaluation_id."""
INSIGHT_REPORT: Final = "insight.report"
"""Reckon what an experiment came to. Argument: experiment."""
INSIGHT_PROBE: Final = "insight.probe"
"""Ask the probe set of an index. Argument: query_set."""
INSIGHT_LEARN: Final = "insight.learn"
"""Learn click rates from what visitors did. Argument: index."""

ALL: Final = (
    INGEST_EXPAND, INGEST_PREPARE, INGEST_EMBED, INDEX_REBUILD, SWEEP, DUE, INSIGHT_EVALUATE,
    INSIGHT_REPORT, INSIGHT_PROBE, INSIGHT_LEARN,
)  # fmt: skip

INGEST: Final = "ingest"
"""Work of the processor: sources, media."""
EMBED_INDEX: Final = "embed.index"
"""Work of the device for documents."""
EMBED_QUERY: Final = "embed.query"
"""Work of the device that somebody waits for."""
MAINTENANCE: Final = "maintenance"
INSIGHT: Final = "insight"
"""Measuring and learning: work of the processor that nobody waits for."""

QUEUES: Final = {
    INGEST_EXPAND: INGEST,
    INGEST_PREPARE: INGEST,
    INGEST_EMBED: EMBED_INDEX,
    INDEX_REBUILD: EMBED_INDEX,
    SWEEP: MAINTENANCE,
    DUE: MAINTENANCE,
    INSIGHT_EVALUATE: INSIGHT,
    INSIGHT_REPORT: INSIGHT,
    INSIGHT_PROBE: INSIGHT,
    INSIGHT_LEARN: INSIGHT,
}
"""The queue of each task."""
PAUSABLE: Final = (INGEST, EMBED_INDEX)
"""What an operator may pause: searches and the upkeep go on."""
