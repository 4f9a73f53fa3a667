"""The models of a deployment over HTTP, as they are now."""

from __future__ import annotations

from pydantic import Field

from services.core.types.models import ModelKind, Models, ModelState, Owner, Source
from services.gateway.schemas.base import Answer, example


class WaitingOut(Answer):
    """Contents that wait for a forward pass: of searches, and of documents."""

    queries: int | None
    ingestion: int | None


class ModelOut(Answer):
    """One model. Null stands for what cannot be told here."""

    name: str
    kind: ModelKind
    loaded: bool | None
    failure: str | None = Field(description="Why the last try to load it failed.")
    modalities: list[str] | None = Field(description="Known once it was loaded.")
    dimensions: list[int] | None
    memory_bytes: int | None = Field(description="How much the process grew while it was loaded.")
    waiting: WaitingOut
    calls: int | None
    contents: int | None
    batches: int | None
    batch_contents: float | None = Field(description="Median of what shares a forward pass.")
    steps_ms: dict[str, float] = Field(
        description="Medians of the last 512 calls: wait, preprocess, forward, postprocess; call."
    )

    @classmethod
    def of(cls, model: ModelState) -> ModelOut:
        return cls(
            name=model.name,
            kind=model.kind,
            loaded=model.loaded,
            failure=model.failure,
            modalities=None if model.modalities is None else sorted(model.modalities),
            dimensions=None if model.dimensions is None else list(model.dimensions),
            memory_bytes=model.memory_bytes,
            waiting=WaitingOut(queries=model.waiting_queries, ingestion=model.waiting_ingestion),
            calls=model.calls,
            contents=model.contents,
            batches=model.batches,
            batch_contents=model.batch_contents,
            steps_ms=dict(model.steps_ms),
        )


class OwnerOut(Answer):
    """A worker that was alive within the last seconds, and its models as they did then."""

    host: str
    pid: int
    items: list[ModelOut]

    @classmethod
    def of(cls, owner: Owner) -> OwnerOut:
        return cls(
            host=owner.host, pid=owner.pid, items=[ModelOut.of(model) for model in owner.models]
        )


class ModelsOut(Answer):
    """Embedders, then cross-encoders; each kind's default first."""

    model_config = Answer.model_config | example(
        {
            "source": "process",
            "items": [
                {
                    "name": "pocket",
                    "kind": "embedder",
                    "loaded": True,
                    "failure": None,
                    "modalities": ["image", "text"],
                    "dimensions": [256, 128, 64],
                    "memory_bytes": 61341696,
                    "waiting": {"queries": 0, "ingestion": 12},
                    "calls": 310,
                    "contents": 1204,
                    "batches": 290,
                    "batch_contents": 4.0,
                    "steps_ms": {
                        "wait": 0.02,
                        "preprocess": 0.4,
                        "forward": 1.7,
                        "postprocess": 0.01,
                    },
                }
            ],
            "workers": [],
        }
    )

    source: Source = Field(
        description="`process`: asked of the models; `roster`: what workers wrote of theirs."
    )
    items: list[ModelOut]
    workers: list[OwnerOut] = Field(
        description="Of a stack: who has the models, and how they do there."
    )

    @classmethod
    def of(cls, found: Models) -> ModelsOut:
        return cls(
            source=found.source,
            items=[ModelOut.of(model) for model in found.models],
            workers=[OwnerOut.of(owner) for owner in found.owners],
        )
