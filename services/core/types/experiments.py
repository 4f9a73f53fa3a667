"""An online experiment: which configurations are compared, on whom, and how it is decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from services.core.types.documents import Json

BUCKETS: Final = 10_000
"""A client falls into one of so many, per layer."""


class ExperimentKind(StrEnum):
    AB = "ab"
    INTERLEAVING = "interleaving"


class ExperimentState(StrEnum):
    DRAFT = "draft"
    RUNNING = "running"
    STOPPED = "stopped"


class Goal(StrEnum):
    """What a variant is to bring more of: the share of clients that did so at least once."""

    CLICK = "click"
    ADD_TO_CART = "add_to_cart"
    PURCHASE = "purchase"


class Analysis(StrEnum):
    """When one may look: once, at the planned sample size, or at any time."""

    FIXED = "fixed"
    ALWAYS_VALID = "always_valid"


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to search; `configuration` None is the search as it would be without experiment."""

    name: str
    configuration: str | None
    share: float


@dataclass(frozen=True, slots=True)
class Experiment:
    """The first variant is the control; shares add up to 1.

    Experiments of one layer share its buckets and never meet; `bucket_from` (included) to
    `bucket_to` (excluded) are this one's. `sample_size` is clients per variant (interleaving:
    queries) that the power analysis asked for; `min_lift` the relative lift it is to find.
    """

    name: str
    index: str
    kind: ExperimentKind
    state: ExperimentState
    layer: str
    bucket_from: int
    bucket_to: int
    variants: tuple[Variant, ...]
    goal: Goal
    analysis: Analysis
    alpha: float
    power: float
    min_lift: float
    sample_size: int | None
    query_set: str | None
    """Judged queries whose nDCG@10 no variant may worsen."""
    max_latency_ratio: float | None
    """How much slower than control a variant's 95th percentile may be."""
    description: str
    created_at: datetime
    started_at: datetime | None = None
    stopped_at: datetime | None = None

    @property
    def control(self) -> Variant:
        """What the others are compared with."""
        return self.variants[0]

    @property
    def traffic(self) -> float:
        """The share of all clients that take part, 0..1."""
        return (self.bucket_to - self.bucket_from) / BUCKETS


@dataclass(frozen=True, slots=True)
class StoredReport:
    """What an experiment came to, as it was reckoned at a time."""

    content: Mapping[str, Json]
    at: datetime
