"""The metadata with every table in it: for migrations, backups and their tests."""

from __future__ import annotations

from services.core.db import insight_tables, tables
from services.core.db.metadata import metadata

__all__ = ["insight_tables", "metadata", "tables"]
