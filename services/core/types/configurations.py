"""A configuration: a saved, named way to search, that evaluations and experiments compare."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.core.types.rerank import RerankSpec


@dataclass(frozen=True, slots=True)
class Configuration:
    """What a search is to do where it does not say itself; None leaves it at the default.

    `weights` are by kind of part (`text`, `image`, `audio`, `video`, `document_id`). `hybrid` is
    the share of the words' ranking. `rerank` without stages runs none, whatever the index's own.
    """

    name: str
    index: str | None = None
    """The index that it searches instead of the one asked for: another model, other vectors."""
    target: str | None = None
    hybrid: float | None = None
    rrf_k: int | None = None
    fusion: str | None = None
    weights: Mapping[str, float] = field(default_factory=dict)
    min_score: float | None = None
    max_per: Mapping[str, int] | None = None
    understand: bool | None = None
    rerank: RerankSpec | None = None
    description: str = ""
