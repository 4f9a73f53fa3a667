"""Every task there is; arguments are ids only."""

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

ALL: Final = (INGEST_EXPAND, INGEST_PREPARE, INGEST_EMBED, INDEX_REBUILD, SWEEP)
