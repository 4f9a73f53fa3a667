"""Experiments for tests, with everything said that a test does not care about."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from services.core.types.experiments import (
    BUCKETS,
    Analysis,
    Experiment,
    ExperimentKind,
    ExperimentState,
    Goal,
    Variant,
)

CREATED = datetime(2026, 11, 1, tzinfo=UTC)


def variants(*shares: float) -> tuple[Variant, ...]:
    """`control` and `b`, `c`, ... by configurations of their names."""
    names = ("control", *"bcdefghij")
    return tuple(
        Variant(name, None if name == "control" else name, share)
        for name, share in zip(names, shares, strict=False)
    )


def experiment(name: str = "bolder", **changes: Any) -> Experiment:
    made = Experiment(
        name=name,
        index="shop",
        kind=ExperimentKind.AB,
        state=ExperimentState.DRAFT,
        layer="default",
        bucket_from=0,
        bucket_to=BUCKETS,
        variants=variants(0.5, 0.5),
        goal=Goal.CLICK,
        analysis=Analysis.FIXED,
        alpha=0.05,
        power=0.8,
        min_lift=0.05,
        sample_size=None,
        query_set=None,
        max_latency_ratio=None,
        description="",
        created_at=CREATED,
    )
    return replace(made, **changes)
