"""The tasks that an embedder runs for those who wait; all of them go by the queue embed.query."""

from __future__ import annotations

from typing import Final

EMBED: Final = "query.embed"
"""Embed the contents of several callers."""
SCORE: Final = "query.score"
"""Score candidates with a cross-encoder."""
DESCRIBE: Final = "query.describe"
"""Load a model if it is not loaded, and say what it can do."""

ALL: Final = (EMBED, SCORE, DESCRIBE)
EMBEDDER: Final = "embedder"
SCORER: Final = "scorer"
KINDS: Final = (EMBEDDER, SCORER)
"""What can be described."""
