"""The cascade over HTTP: the stages a search asks for, and how they went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Literal

from pydantic import Field

from services.core import ids
from services.core.errors import InputError
from services.core.types.rerank import (
    CrossEncoderSpec,
    RerankSpec,
    SignalsSpec,
    StageSpec,
    VlmSpec,
)
from services.gateway.schemas.base import Answer, Body, Flag, Integer, Number
from services.search.rerank.cascade import Report
from services.search.rerank.stage import Status

DocumentId = Annotated[str, Field(pattern=f"^{ids.DOCUMENT_ID.pattern}$")]

_SIGNALS, _CROSS_ENCODER, _VLM = SignalsSpec(), CrossEncoderSpec(), VlmSpec()


class SignalsIn(Body):
    """Business signals: each weight is the places that a value of 1 is worth."""

    stage: Literal["signals"]
    top: Integer = _SIGNALS.top
    weights: dict[str, Number] = Field(default={}, examples=[{"popularity": 2, "margin": 1}])
    max_places: Number = Field(
        default=_SIGNALS.max_places, description="Most places the weights move a hit."
    )
    out_of_stock_last: Flag = False
    pin: list[DocumentId] = Field(default=[], description="First, in this order, if found.")
    bury: list[DocumentId] = Field(default=[], description="Last, if found.")

    def spec(self) -> StageSpec:
        """As the flow knows it."""
        return SignalsSpec(
            top=self.top,
            weights=dict(self.weights),
            max_places=self.max_places,
            out_of_stock_last=self.out_of_stock_last,
            pin=tuple(self.pin),
            bury=tuple(self.bury),
        )


class CrossEncoderIn(Body):
    """A model that reads the query and each candidate together."""

    stage: Literal["cross_encoder"]
    top: Integer = _CROSS_ENCODER.top
    model: Annotated[str, Field(min_length=1, max_length=128)] | None = None

    def spec(self) -> StageSpec:
        """As the flow knows it."""
        return CrossEncoderSpec(model=self.model, top=self.top)


class VlmIn(Body):
    """A vision language model that looks at a grid of the candidates."""

    stage: Literal["vlm"]
    top: Integer = _VLM.top
    blend: Number = Field(
        default=_VLM.blend, description="Share of the order that came in, 0 to 1."
    )
    passes: Integer = Field(
        default=_VLM.passes,
        description="2: a second look, in the opposite order; both count as far as they agree.",
    )

    reasons: Literal["top", "all"] = Field(
        default="top", description="Why, for the model's first or for each (which takes longer)."
    )

    def spec(self) -> StageSpec:
        """As the flow knows it."""
        return VlmSpec(
            top=self.top,
            blend=self.blend,
            passes=self.passes,
            every_reason=self.reasons == "all",
        )


StageIn = Annotated[SignalsIn | CrossEncoderIn | VlmIn, Field(discriminator="stage")]


def spec_of(stages: Sequence[StageIn] | None, deadline_ms: int | None) -> RerankSpec | None:
    """What a search asks for: None leaves it to the index, no stages ask for no reranking.

    Raises InputError for a time without stages.
    """
    if not stages and deadline_ms is not None:
        raise InputError.at("deadline_ms", "is the time that `rerank` has, and there is none")
    if stages is None:
        return None
    asked = tuple(stage.spec() for stage in stages)
    return RerankSpec(asked) if deadline_ms is None else RerankSpec(asked, deadline_ms)


class CascadeModel(Body):
    """An index's default cascade."""

    stages: list[StageIn]
    deadline_ms: Integer = RerankSpec(()).deadline_ms

    def spec(self) -> RerankSpec:
        """As the flow knows it."""
        return RerankSpec(tuple(stage.spec() for stage in self.stages), self.deadline_ms)

    @classmethod
    def of(cls, spec: RerankSpec) -> CascadeModel:
        return cls(stages=[_stage_of(stage) for stage in spec.stages], deadline_ms=spec.deadline_ms)


def _stage_of(spec: StageSpec) -> StageIn:
    match spec:
        case SignalsSpec():
            fields = asdict(spec) | {"pin": list(spec.pin), "bury": list(spec.bury)}
            return SignalsIn(stage="signals", **fields)
        case CrossEncoderSpec():
            return CrossEncoderIn(stage="cross_encoder", **asdict(spec))
        case VlmSpec():
            return VlmIn(
                stage="vlm",
                top=spec.top,
                blend=spec.blend,
                passes=spec.passes,
                reasons="all" if spec.every_reason else "top",
            )


class MovedOut(Answer):
    """What the cascade made of a hit: its rank, why (of some), places that each signal moved it."""

    rank: int
    reason: str | None
    terms: dict[str, float]


class ReportOut(Answer):
    """How a stage went; after anything but `applied` the order that came in went on."""

    stage: str
    status: Status
    took_ms: float
    detail: str | None
    repairs: dict[str, int] = Field(description="What was put right in a model's answer.")

    @classmethod
    def of(cls, report: Report) -> ReportOut:
        return cls.model_construct(
            stage=report.stage,
            status=report.status,
            took_ms=report.took_ms,
            detail=report.detail,
            repairs=dict(report.repairs),
        )
