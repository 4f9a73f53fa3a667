"""Where an effect comes from: the same comparison by brand, category, picture quality or kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from services.insight.experiments.analysis import holm
from services.insight.experiments.counts import (
    InterleavingBucket,
    InterleavingCounts,
    VariantCounts,
)
from services.insight.experiments.estimates import Effect, Share

LEAST_CLIENTS: Final = 100
LEAST_HITS: Final = 10
"""On both sides together; below either a bucket says nothing, and would only dilute the others."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """What `variant` does in one bucket; `p_adjusted` by Holm over every bucket and variant.

    A bucket that is not significant is not one without an effect: it is smaller than the whole.
    """

    dimension: str
    value: str
    variant: str
    effect: Effect
    p_adjusted: float
    significant: bool


def of_clients(
    variants: Sequence[VariantCounts],
    *,
    compare: Callable[[Share, Share], Effect],
    alpha: float = 0.05,
) -> tuple[Bucket, ...]:
    """Compare every variant with the first, the control, in each bucket large enough."""
    control, *treatments = variants
    before = {(one.dimension, one.value): one for one in control.buckets}
    found: list[Bucket] = []
    for treatment in treatments:
        for bucket in treatment.buckets:
            base = before.get((bucket.dimension, bucket.value))
            if base is None or min(base.clients, bucket.clients) < LEAST_CLIENTS:
                continue
            if base.converted + bucket.converted < LEAST_HITS:
                continue
            effect = compare(
                Share(base.converted, base.clients), Share(bucket.converted, bucket.clients)
            )
            found.append(
                Bucket(bucket.dimension, bucket.value, treatment.variant, effect, 1.0, False)
            )
    return _adjusted(found, alpha)


def of_queries(
    buckets: Sequence[InterleavingBucket],
    *,
    variant: str,
    compare: Callable[[InterleavingCounts], Effect],
    alpha: float = 0.05,
) -> tuple[Bucket, ...]:
    """Compare the interleaved rankings in each bucket large enough."""
    found = [
        Bucket(one.dimension, one.value, variant, compare(one.counts), 1.0, False)
        for one in buckets
        if one.counts.decided >= LEAST_HITS
    ]
    return _adjusted(found, alpha)


def _adjusted(buckets: Sequence[Bucket], alpha: float) -> tuple[Bucket, ...]:
    adjusted = holm([bucket.effect.p_value for bucket in buckets])
    return tuple(
        replace(bucket, p_adjusted=p, significant=p < alpha)
        for bucket, p in zip(buckets, adjusted, strict=True)
    )
