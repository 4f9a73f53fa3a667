"""What a search may ask of the cascade, checked before anything is done."""

from __future__ import annotations

import math
from typing import Final

from services.core import ids
from services.core.errors import InputError
from services.core.types.rerank import (
    CrossEncoderSpec,
    RerankSpec,
    SignalsSpec,
    StageSpec,
    VlmSpec,
)
from services.search.rerank.signals import MAX_PLACES, SIGNALS
from services.search.rerank.vlm.grid import MAX_CANDIDATES

MAX_STAGES: Final = 6
MAX_TOP: Final = 200
MAX_RULES: Final = 200
MIN_DEADLINE_MS: Final = 50
MAX_DEADLINE_MS: Final = 120_000


def check(spec: RerankSpec, *, field: str = "rerank", deadline_field: str = "deadline_ms") -> None:
    """Raise InputError naming the stage, the field in it and the limit."""
    if len(spec.stages) > MAX_STAGES:
        raise InputError.at(field, f"must have at most {MAX_STAGES} stages")
    if not MIN_DEADLINE_MS <= spec.deadline_ms <= MAX_DEADLINE_MS:
        raise InputError.at(
            deadline_field, f"must be {MIN_DEADLINE_MS} to {MAX_DEADLINE_MS} milliseconds"
        )
    for place, stage in enumerate(spec.stages):
        _check_stage(stage, f"{field}[{place}]")


def window(spec: RerankSpec) -> int:
    """How many of the first hits the cascade looks at, whichever page is asked for."""
    return max((stage.top for stage in spec.stages), default=0)


def _check_stage(stage: StageSpec, field: str) -> None:
    match stage:
        case SignalsSpec():
            _check_range(stage.top, 1, MAX_TOP, f"{field}.top")
            _check_signals(stage, field)
        case CrossEncoderSpec():
            _check_range(stage.top, 1, MAX_TOP, f"{field}.top")
        case VlmSpec():
            _check_range(stage.top, 2, MAX_CANDIDATES, f"{field}.top")
            _check_range(stage.blend, 0, 1, f"{field}.blend")
            _check_range(stage.passes, 1, 2, f"{field}.passes")


def _check_signals(stage: SignalsSpec, field: str) -> None:
    for name, weight in stage.weights.items():
        if name not in SIGNALS:
            raise InputError.at(f"{field}.weights.{name[:64]}", f"is none of {', '.join(SIGNALS)}")
        _check_range(weight, -MAX_PLACES, MAX_PLACES, f"{field}.weights.{name}")
    _check_range(stage.max_places, 0, MAX_PLACES, f"{field}.max_places")
    for name, rule in (("pin", stage.pin), ("bury", stage.bury)):
        if len(rule) > MAX_RULES:
            raise InputError.at(f"{field}.{name}", f"must have at most {MAX_RULES} document ids")
        for place, document_id in enumerate(rule):
            ids.check_document_id(document_id, field=f"{field}.{name}[{place}]")


def _check_range(value: float, low: float, high: float, field: str) -> None:
    if not (math.isfinite(value) and low <= value <= high):
        raise InputError.at(field, f"must be {low:g} to {high:g}")
