"""The nouns of how evenly a configuration serves modalities, wordings and close calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.insight.evaluation.estimate import Estimate


@dataclass(frozen=True, slots=True)
class Paraphrases:
    """How much the wording of the same wish changes the answer.

    `groups` are the wishes asked in several wordings, `queries` all wordings together. `spread` is
    the mean over groups of the best wording's quality less the worst's, `worst` the mean of the
    worst wordings, and `overlap` the mean share of the first hits that a rewording keeps.
    """

    groups: int
    queries: int
    quality: Estimate
    worst: Estimate
    spread: Estimate
    overlap: Estimate


@dataclass(frozen=True, slots=True)
class HardNegatives:
    """How well right answers are told from documents much like them.

    `ordered` is the share of pairs of a best answer and a hard negative where the answer stands
    first, per query and then averaged (what is not among the hits stands below what is; a pair of
    which neither is there counts half); `fooled` the share of queries that begin with a hard
    negative. `given` tells whether the negatives were named or taken from the other queries.
    """

    queries: int
    given: bool
    ordered: Estimate
    fooled: Estimate


@dataclass(frozen=True, slots=True)
class ViewShare:
    """For queries of one kind: the share of their first hits found by each modality of view."""

    kind: str
    hits: int
    shares: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class DirectionBias:
    """Text that finds pictures against pictures that find text, by the main measure.

    `forward` is the quality of text queries on image views, `backward` that of image queries on
    text views, each by the configuration named; `bias` is forward less backward, from -1 to 1, with
    the interval of two independent samples.
    """

    forward_by: str
    backward_by: str
    forward: Estimate
    backward: Estimate
    bias: float
    low: float
    high: float
    sentence: str


@dataclass(frozen=True, slots=True)
class ModalityLift:
    """What a target adds for one kind of query: its quality less that of the text views alone.

    `target` is `any` where every view is searched; `lift` is paired by query.
    """

    kind: str
    target: str
    configuration: str
    against: str
    quality: Estimate
    lift: Estimate
    p_value: float
