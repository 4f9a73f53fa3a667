"""The nouns of a comparison: what was measured of each configuration, and what differs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from services.insight.cutoff import Cutoff
from services.insight.evaluation.estimate import Estimate
from services.insight.evaluation.report_curves import RecallPoint, SizePoint
from services.insight.evaluation.report_robustness import (
    DirectionBias,
    HardNegatives,
    ModalityLift,
    Paraphrases,
    ViewShare,
)

VERSION: Final = 1
BY_ALL: Final = "all"
BY_KIND: Final = "kind"
BY_CATEGORY: Final = "category"


@dataclass(frozen=True, slots=True)
class Slice:
    """The quality of one configuration on some queries.

    `by` is `all`, `kind` or `category`, and `name` which of them. `measures` maps the name of a
    measure with its depth, such as `ndcg@10`, to its mean of 0..1.
    """

    by: str
    name: str
    queries: int
    measures: Mapping[str, Estimate]


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much was answered, as shares of queries, and how much of the catalog was ever shown.

    `answered`: came back with at least one hit; `failed`: no answer came back at all; `degraded`:
    came back without a part of the search. `shown` counts the distinct documents among the first
    `k` hits, and `catalog` is their share of all documents, None where those were not counted.
    """

    answered: float
    failed: float
    degraded: float
    shown: int
    catalog: float | None


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Milliseconds that `queries` answers took."""

    mean: float
    p50: float
    p90: float
    p95: float
    p99: float
    queries: int


@dataclass(frozen=True, slots=True)
class Cost:
    """What a query costs, as far as it is known; None is unknown, never nothing.

    `per_thousand` is the price of a thousand queries asked one after the other: their seconds at
    the machine's price per hour, and their tokens at the tokens' price.
    """

    seconds: float | None
    tokens: float | None
    per_thousand: float | None


@dataclass(frozen=True, slots=True)
class Ceiling:
    """What a faultless reranker of the first `depth` documents would reach."""

    depth: int
    quality: Estimate


@dataclass(frozen=True, slots=True)
class RerankLift:
    """What reranking changed, by the main measure.

    `reordered` is the share of queries whose order it changed. `lift` is `final` less `first`, by
    query, with its interval, and `p_value` how often chance alone does as much; `realised` is the
    share of the room up to the ceiling at its own depth that it took, None without such room.
    """

    first: Estimate
    final: Estimate
    lift: Estimate
    p_value: float
    reordered: float
    ceilings: tuple[Ceiling, ...]
    realised: float | None


@dataclass(frozen=True, slots=True)
class MinScore:
    """The cut with the best F1 for queries of one kind, and how many queries it comes from."""

    kind: str
    queries: int
    cutoff: Cutoff


@dataclass(frozen=True, slots=True)
class WorstHit:
    """A document shown; `grade` is 0 where it is none of the answers."""

    document_id: str
    grade: int
    score: float | None


@dataclass(frozen=True, slots=True)
class WorstQuery:
    """A query answered badly: `value` by the main measure, and what the control made of it.

    `missed` are the best answers that are not among `hits`. `media` holds the kind and media store
    key of each medium.
    """

    query_id: str
    kind: str
    text: str | None
    media: tuple[tuple[str, str], ...]
    category: str | None
    value: float
    control: float | None
    hits: tuple[WorstHit, ...]
    missed: tuple[WorstHit, ...]


@dataclass(frozen=True, slots=True)
class Measured:
    """All that was measured of one configuration. The first of `slices` is that of all queries."""

    name: str
    slices: tuple[Slice, ...]
    coverage: Coverage
    latency: Percentiles | None
    stages: Mapping[str, Percentiles]
    cost: Cost
    rerank: RerankLift | None
    paraphrases: Paraphrases | None
    hard_negatives: HardNegatives | None
    views: tuple[ViewShare, ...]
    min_scores: tuple[MinScore, ...]
    worst: tuple[WorstQuery, ...]

    @property
    def overall(self) -> Slice:
        """That of all queries."""
        return self.slices[0]


@dataclass(frozen=True, slots=True)
class Difference:
    """`challenger` less `control` in one measure, on the same queries, paired.

    `relative` is the difference as a share of the control's mean, None where that is 0.
    `p_value` is that of a two-sided randomisation test, `adjusted` after Holm over the family that
    it was tested in; it is `significant` below 0.05. `detectable` is the least difference that as
    many queries as these would show four times in five.
    """

    control: str
    challenger: str
    by: str
    name: str
    measure: str
    difference: float
    low: float
    high: float
    relative: float | None
    p_value: float
    adjusted: float
    significant: bool
    wins: int
    losses: int
    ties: int
    detectable: float
    queries: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """Of two configurations: which is better by the main measure, None if it may be noise."""

    control: str
    challenger: str
    winner: str | None
    sentence: str


@dataclass(frozen=True, slots=True)
class WeightPoint:
    """The quality at one value of a weight, on every query."""

    value: float
    quality: Estimate


@dataclass(frozen=True, slots=True)
class WeightSuggestion:
    """The value of a weight (such as the hybrid share) to begin with, from cross-validation.

    `held_out` is the gain over `baseline` on queries that the value was not chosen on: `worth` says
    whether its interval is above 0. `chosen` holds the value that each fold chose.
    """

    parameter: str
    value: float
    baseline: float
    held_out: Estimate
    worth: bool
    chosen: tuple[float, ...]
    curve: tuple[WeightPoint, ...]
    sentence: str


@dataclass(frozen=True, slots=True)
class ComparisonReport:
    """One or several configurations, measured on the same judged queries.

    `measured` begins with the control, `differences` hold those of every pair in every measure
    over all queries, then by kind in the main measure `main`. `best` is the configuration that no
    other may beat, None where noise decides. `sizes` and `recall` are measured elsewhere and added.
    """

    control: str
    main: str
    k: int
    depth: int
    seed: int
    queries: int
    unjudged: int
    kinds: Mapping[str, int]
    measured: tuple[Measured, ...]
    differences: tuple[Difference, ...]
    verdicts: tuple[Verdict, ...]
    best: str | None
    summary: str
    directions: tuple[DirectionBias, ...] = ()
    lifts: tuple[ModalityLift, ...] = ()
    weights: tuple[WeightSuggestion, ...] = ()
    sizes: tuple[SizePoint, ...] = ()
    recall: tuple[RecallPoint, ...] = ()
    notes: tuple[str, ...] = ()
    version: int = VERSION
