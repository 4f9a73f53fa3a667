"""Experiments over HTTP: drafted, started, stopped, reported; and how large one must be."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from services.core import ids
from services.core.types.experiments import (
    Analysis,
    Experiment,
    ExperimentKind,
    ExperimentState,
    Goal,
    StoredReport,
    Variant,
)
from services.gateway.schemas.base import Answer, Body, Integer, JsonObject, Number, example
from services.insight.evaluation.accepting import DEFAULT
from services.insight.experiments.lifecycle import MAX_SAMPLE_SIZE, MOST_VARIANTS, buckets
from services.insight.experiments.power import SampleSize

Name = Annotated[str, Field(pattern=f"^{ids.SAVED_NAME.pattern}$")]
IndexName = Annotated[str, Field(pattern=f"^{ids.INDEX_NAME.pattern}$")]
Share = Annotated[Number, Field(ge=0.0001, lt=1)]


class VariantIn(Body):
    """One way to search; without `configuration`, or by `default`, it is as it would be."""

    name: Name
    configuration: Name | None = None
    share: Share | None = Field(
        default=None, description="Of those who take part; give it of every variant or of none."
    )


class ExperimentIn(Body):
    """A draft: nothing happens until it is started."""

    model_config = Body.model_config | example(
        {
            "name": "words-first",
            "index": "products",
            "variants": [{"name": "control"}, {"name": "words", "configuration": "words"}],
            "traffic": 0.5,
            "goal": "click",
            "min_lift": 0.05,
            "sample_size": 12000,
        },
        {
            "name": "which-model",
            "index": "products",
            "kind": "interleaving",
            "variants": [{"name": "control"}, {"name": "m3", "configuration": "m3"}],
        },
    )

    name: Name
    index: IndexName
    kind: ExperimentKind = ExperimentKind.AB
    layer: Name = Field(
        default="default", description="Experiments of one layer of an index never meet."
    )
    traffic: Annotated[Number, Field(ge=0.0001, le=1)] = Field(
        default=1.0, description="The share of all clients that takes part."
    )
    variants: Annotated[list[VariantIn], Field(min_length=2, max_length=MOST_VARIANTS)] = Field(
        description="Control first; an interleaving has two."
    )
    goal: Goal = Goal.CLICK
    analysis: Analysis = Field(
        default=Analysis.ALWAYS_VALID,
        description="`fixed`: decided once, at the sample size; `always_valid`: at any time.",
    )
    alpha: Annotated[Number, Field(ge=0.0001, le=0.4)] = 0.05
    power: Annotated[Number, Field(ge=0.5, le=0.999)] = 0.8
    min_lift: Annotated[Number, Field(ge=0.001, le=10)] = Field(
        default=0.05, description="The relative lift that it is to find."
    )
    sample_size: Annotated[Integer, Field(ge=1, le=MAX_SAMPLE_SIZE)] | None = Field(
        default=None, description="Clients per variant, or queries, to wait for; see `power`."
    )
    query_set: Name | None = Field(
        default=None, description="Judged queries whose nDCG@10 no variant may worsen."
    )
    max_latency_ratio: Annotated[Number, Field(ge=1, le=100)] | None = Field(
        default=None, description="Most of a variant's 95th percentile of latency over control's."
    )
    description: Annotated[str, Field(max_length=1000)] = ""

    def draft(self, *, now: datetime) -> Experiment:
        """As the flow knows it; shares are equal where none is given."""
        given = [each.share for each in self.variants]
        shares = [
            1 / len(given) if each is None and not any(given) else each or 0.0 for each in given
        ]
        return Experiment(
            **self.model_dump(exclude={"variants", "traffic"}),
            state=ExperimentState.DRAFT,
            bucket_from=0,
            bucket_to=buckets(self.traffic),
            variants=tuple(
                Variant(each.name, _saved(each.configuration), share)
                for each, share in zip(self.variants, shares, strict=True)
            ),
            created_at=now,
        )


def _saved(configuration: str | None) -> str | None:
    return None if configuration == DEFAULT else configuration


class VariantOut(Answer):
    name: str
    configuration: str | None
    share: float


class ExperimentOut(Answer):
    """An experiment. `buckets` are its part of its layer's 10,000, once it was started."""

    name: str
    index: str
    kind: ExperimentKind
    state: ExperimentState
    layer: str
    traffic: float
    buckets: tuple[int, int] | None
    variants: list[VariantOut]
    goal: Goal
    analysis: Analysis
    alpha: float
    power: float
    min_lift: float
    sample_size: int | None
    query_set: str | None
    max_latency_ratio: float | None
    description: str
    created_at: datetime
    started_at: datetime | None
    stopped_at: datetime | None

    @classmethod
    def of(cls, experiment: Experiment) -> ExperimentOut:
        same = (
            "name", "index", "kind", "state", "layer", "traffic", "goal", "analysis", "alpha",
            "power", "min_lift", "sample_size", "query_set", "max_latency_ratio", "description",
            "created_at", "started_at", "stopped_at",
        )  # fmt: skip
        drafted = experiment.state is ExperimentState.DRAFT
        return cls(
            **{name: getattr(experiment, name) for name in same},
            buckets=None if drafted else (experiment.bucket_from, experiment.bucket_to),
            variants=[
                VariantOut(name=each.name, configuration=each.configuration, share=each.share)
                for each in experiment.variants
            ],
        )


class ReportOut(Answer):
    """What an experiment came to. `error` says why it could not be reckoned, else it is null."""

    name: str
    state: ExperimentState
    reported_at: datetime
    report: JsonObject | None
    error: JsonObject | None

    @classmethod
    def of(cls, experiment: Experiment, stored: StoredReport) -> ReportOut:
        return cls.model_construct(
            name=experiment.name,
            state=experiment.state,
            reported_at=stored.at,
            report=stored.content["report"],
            error=stored.content["error"],
        )


class ReportQueuedOut(Answer):
    """A report is being made; it is there once `reported_at` of the last one has changed."""

    name: str
    reported_at: datetime | None


class PowerIn(Body):
    """How large an experiment must be: an A/B test from its baseline, an interleaving without."""

    model_config = Body.model_config | example(
        {"baseline": 0.2, "min_lift": 0.05, "per_day": 4000},
        {"kind": "interleaving", "min_lift": 0.1, "decided": 0.4},
    )

    kind: ExperimentKind = ExperimentKind.AB
    baseline: Annotated[Number, Field(ge=0.000001, lt=1)] | None = Field(
        default=None, description="A/B: the share of control's clients that reaches the goal."
    )
    decided: Annotated[Number, Field(ge=0.0001, le=1)] = Field(
        default=1.0, description="Interleaving: the share of queries with a winner."
    )
    min_lift: Annotated[Number, Field(ge=0.001, le=10)] = 0.05
    alpha: Annotated[Number, Field(ge=0.0001, le=0.4)] = 0.05
    power: Annotated[Number, Field(ge=0.5, le=0.999)] = 0.8
    analysis: Analysis = Analysis.ALWAYS_VALID
    shares: Annotated[list[Share], Field(min_length=2, max_length=MOST_VARIANTS)] = Field(
        default=[0.5, 0.5], description="A/B: the variants' shares, control's first."
    )
    per_day: Annotated[Number, Field(ge=0.01, le=1e12)] | None = Field(
        default=None, description="New clients (interleaving: queries) a day, for `days`."
    )
    traffic: Annotated[Number, Field(ge=0.0001, le=1)] = 1.0


class PowerOut(Answer):
    """`per_variant` is the `sample_size` of an experiment; `expected` the figure to be found."""

    unit: str
    per_variant: int
    total: int
    expected: float
    alpha: float
    power: float
    days: float | None

    @classmethod
    def of(cls, size: SampleSize, *, days: float | None) -> PowerOut:
        return cls(
            unit=size.unit,
            per_variant=size.per_variant,
            total=size.total,
            expected=size.expected,
            alpha=size.alpha,
            power=size.power,
            days=days,
        )
