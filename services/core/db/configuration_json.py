"""A saved configuration as JSON and back."""

from __future__ import annotations

from typing import Any, Final

from services.core.db import rerank_json
from services.core.types.configurations import Configuration

_PLAIN: Final = (
    "index", "target", "hybrid", "rrf_k", "fusion", "min_score", "understand", "description",
)  # fmt: skip


def dump(configuration: Configuration) -> dict[str, Any]:
    """What `load` makes an equal configuration of; its name is kept beside."""
    return {
        **{name: getattr(configuration, name) for name in _PLAIN},
        "weights": dict(configuration.weights),
        "max_per": None if configuration.max_per is None else dict(configuration.max_per),
        "rerank": rerank_json.dump(configuration.rerank),
    }


def load(name: str, raw: dict[str, Any]) -> Configuration:
    """The configuration of what `dump` wrote."""
    return Configuration(name, **{**raw, "rerank": rerank_json.load(raw["rerank"])})
