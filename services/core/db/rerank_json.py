"""An index's default cascade as JSON and back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final

from services.core.types.rerank import (
    CrossEncoderSpec,
    RerankSpec,
    SignalsSpec,
    StageSpec,
    VlmSpec,
)

_KINDS: Final[dict[str, Callable[..., StageSpec]]] = {
    "signals": SignalsSpec,
    "cross_encoder": CrossEncoderSpec,
    "vlm": VlmSpec,
}
_NAMES: Final[dict[type[StageSpec], str]] = {
    SignalsSpec: "signals",
    CrossEncoderSpec: "cross_encoder",
    VlmSpec: "vlm",
}


def dump(spec: RerankSpec | None) -> dict[str, Any] | None:
    """`load` gives an equal cascade back."""
    if spec is None:
        return None
    stages = [{"stage": _NAMES[type(stage)], **asdict(stage)} for stage in spec.stages]
    return {"stages": stages, "deadline_ms": spec.deadline_ms}


def load(raw: dict[str, Any] | None) -> RerankSpec | None:
    """The cascade of what `dump` wrote."""
    if raw is None:
        return None
    return RerankSpec(tuple(_stage(dict(each)) for each in raw["stages"]), raw["deadline_ms"])


def _stage(fields: dict[str, Any]) -> StageSpec:
    kind = _KINDS[fields.pop("stage")]
    # JSON has no tuples.
    return kind(**{name: tuple(v) if isinstance(v, list) else v for name, v in fields.items()})
