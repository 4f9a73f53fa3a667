"""Saved configurations over HTTP: the fields of a search that they choose."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from services.core import ids
from services.core.types.configurations import Configuration
from services.gateway.schemas.base import Answer, Body, Flag, Integer, Number, example
from services.gateway.schemas.rerank import CascadeModel, StageIn, spec_of
from services.gateway.schemas.retrieval import HybridIn, MaxPer, WeightsIn
from services.gateway.schemas.search import Target
from services.search import fuse

IndexName = Annotated[str, Field(pattern=f"^{ids.INDEX_NAME.pattern}$")]
Description = Annotated[str, Field(max_length=1000)]
_EXAMPLE = {"hybrid": {"lexical": 0.3}, "max_per": {"brand": 2}, "description": "words count"}


class ConfigurationIn(Body):
    """What searches by it do where they do not say; an absent field leaves it as it would be."""

    model_config = Body.model_config | example(
        _EXAMPLE, {"index": "products_m3", "rerank": [{"stage": "cross_encoder", "top": 20}]}
    )

    index: IndexName | None = Field(
        default=None, description="Search this index instead: another model, other vectors."
    )
    target: Target | None = None
    hybrid: HybridIn | None = None
    fusion: Literal["joint", "mean"] | None = None
    weights: WeightsIn = Field(default=WeightsIn(), description="Of parts, by their kind.")
    min_score: Annotated[Number, Field(ge=-1, le=1)] | None = None
    max_per: MaxPer | None = None
    understand: Flag | None = None
    rerank: list[StageIn] | None = Field(
        default=None, description="Stages; none: no reranking, whatever the index's own cascade."
    )
    deadline_ms: Integer | None = None
    description: Description = ""

    def configuration(self, name: str) -> Configuration:
        """As the flow knows it. Raises InputError for a time without stages."""
        hybrid = self.hybrid
        return Configuration(
            name=name,
            index=self.index,
            target=self.target,
            hybrid=None if hybrid is None else hybrid.lexical,
            rrf_k=None if hybrid is None else hybrid.k,
            fusion=self.fusion,
            weights=self.weights.model_dump(exclude_none=True),
            min_score=self.min_score,
            max_per=self.max_per,
            understand=self.understand,
            rerank=spec_of(self.rerank, self.deadline_ms),
            description=self.description,
        )


class ConfigurationOut(Answer):
    """A saved configuration; what is null, it leaves open."""

    model_config = Answer.model_config | example(
        {
            "name": "words",
            "index": None,
            "target": None,
            "hybrid": {"lexical": 0.3, "k": fuse.K},
            "fusion": None,
            "weights": {},
            "min_score": None,
            "max_per": {"brand": 2},
            "understand": None,
            "rerank": None,
            "deadline_ms": None,
            "description": "words count",
        }
    )

    name: str
    index: str | None
    target: str | None
    hybrid: HybridIn | None
    fusion: str | None
    weights: dict[str, float]
    min_score: float | None
    max_per: dict[str, int] | None
    understand: bool | None
    rerank: list[StageIn] | None
    deadline_ms: int | None
    description: str

    @classmethod
    def of(cls, saved: Configuration) -> ConfigurationOut:
        cascade = None if saved.rerank is None else CascadeModel.of(saved.rerank)
        return cls(
            name=saved.name,
            index=saved.index,
            target=saved.target,
            hybrid=_hybrid(saved),
            fusion=saved.fusion,
            weights=dict(saved.weights),
            min_score=saved.min_score,
            max_per=None if saved.max_per is None else dict(saved.max_per),
            understand=saved.understand,
            rerank=None if cascade is None else cascade.stages,
            # Without stages a time would be refused where this is sent back.
            deadline_ms=cascade.deadline_ms if cascade is not None and cascade.stages else None,
            description=saved.description,
        )


def _hybrid(saved: Configuration) -> HybridIn | None:
    if saved.hybrid is None:
        return None
    given: dict[str, Any] = {} if saved.rrf_k is None else {"k": saved.rrf_k}
    return HybridIn(lexical=saved.hybrid, **given)
