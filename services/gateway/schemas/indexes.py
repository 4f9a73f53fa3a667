"""Indexes over HTTP: settings in, state out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from services.core import ids
from services.core.types.indexes import (
    AttributeType,
    Former,
    Hnsw,
    Index,
    IndexSettings,
    Segments,
    Sound,
)
from services.gateway.schemas.base import Answer, Body, Integer, Number, example
from services.gateway.schemas.rerank import CascadeModel
from services.ingest.indexes import Verification
from services.ingest.tags import MAX_WORD, MAX_WORDS

AttributeName = Annotated[str, Field(pattern=f"^{ids.ATTRIBUTE_NAME.pattern}$")]
TagWord = Annotated[str, Field(min_length=1, max_length=MAX_WORD)]
TagWords = Annotated[list[TagWord], Field(min_length=1, max_length=MAX_WORDS)]


class HnswModel(Body):
    """The graph's shape; more is better recall, more memory and slower building."""

    m: Integer = Field(default=16, ge=4, le=64)
    ef_construction: Integer = Field(default=200, ge=16, le=1024)


class SegmentsModel(Body):
    """How sounds and videos are cut into the stretches that are searched, and embedded."""

    length_s: Annotated[Number, Field(ge=1, le=30)] = 5.0
    overlap_s: Annotated[Number, Field(ge=0, le=29)] = Field(
        default=0.0, description="At least 1 less than `length_s`."
    )
    frames: Integer = Field(default=4, ge=1, le=16, description="Pictures of each stretch.")
    sound: Sound = Field(
        default=Sound.COMBINED,
        description=(
            "Of a video: `combined` with its pictures where the embedder can, or `separate`."
        ),
    )

    @classmethod
    def of(cls, segments: Segments) -> SegmentsModel:
        return cls(
            length_s=segments.length_s,
            overlap_s=segments.overlap_s,
            frames=segments.frames,
            sound=segments.sound,
        )


class IndexIn(Body):
    """What an index is to be. All of it is fixed until a rebuild."""

    model_config = Body.model_config | example(
        {"embedder": "pocket", "attributes": {"price": "number", "brand": "string"}},
        {"tags": {"colour": ["red", "navy", "white"], "pattern": ["striped", "floral", "plain"]}},
    )

    embedder: Annotated[str, Field(min_length=1, max_length=128)] | None = Field(
        default=None, description="Default: the deployment's."
    )
    dimensions: Annotated[Integer, Field(ge=1, le=32768)] | None = Field(
        default=None, description="Default: the embedder's largest."
    )
    attributes: dict[AttributeName, AttributeType] = Field(
        default={}, description="Attributes that filters may use, with their types."
    )
    hnsw: HnswModel = HnswModel()
    segments: SegmentsModel = SegmentsModel()
    tags: dict[AttributeName, TagWords] = Field(
        default={},
        description=(
            "Words to tag pictures with, by the name that filters and answers call them by. Words "
            "of one list should exclude each other."
        ),
    )


class RebuildIn(Body):
    """What to change while rebuilding; an absent field stays as it is."""

    model_config = Body.model_config | example({}, {"dimensions": 128})

    embedder: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    dimensions: Annotated[Integer, Field(ge=1, le=32768)] | None = None
    attributes: dict[AttributeName, AttributeType] | None = None
    hnsw: HnswModel | None = None
    segments: SegmentsModel | None = None
    tags: dict[AttributeName, TagWords] | None = None


class IndexPatch(Body):
    """What can be changed at once, without a rebuild."""

    model_config = Body.model_config | example(
        {"rerank": {"stages": [{"stage": "signals", "out_of_stock_last": True}]}}
    )

    rerank: CascadeModel | None = Field(
        description="The cascade of searches that ask for none; null: none."
    )


class SettingsOut(Answer):
    embedder: str
    dimensions: int
    attributes: dict[str, AttributeType]
    hnsw: HnswModel
    segments: SegmentsModel
    tags: dict[str, list[str]]

    @classmethod
    def of(cls, settings: IndexSettings) -> SettingsOut:
        return cls(
            embedder=settings.embedder,
            dimensions=settings.dimensions,
            attributes=dict(settings.attributes),
            hnsw=HnswModel(m=settings.hnsw.m, ef_construction=settings.hnsw.ef_construction),
            segments=SegmentsModel.of(settings.segments),
            tags={name: list(words) for name, words in settings.tags.items()},
        )


class BuildingOut(Answer):
    """The generation that is being built beside the serving one."""

    generation: int
    settings: SettingsOut


class FormerOut(Answer):
    """The generation that served before the last rebuild: what a rollback goes back to."""

    generation: int
    settings: SettingsOut
    since: datetime = Field(description="When it ceased to serve.")

    @classmethod
    def of(cls, former: Former) -> FormerOut:
        return cls(
            generation=former.generation,
            settings=SettingsOut.of(former.settings),
            since=former.since,
        )


class IndexOut(Answer):
    """A catalog: its settings, and which generation of its collection serves."""

    model_config = Answer.model_config | example(
        {
            "name": "products",
            "settings": {
                "embedder": "pocket",
                "dimensions": 256,
                "attributes": {"price": "number", "brand": "string"},
                "hnsw": {"m": 16, "ef_construction": 200},
                "segments": {
                    "length_s": 5.0,
                    "overlap_s": 0.0,
                    "frames": 4,
                    "sound": "combined",
                },
                "tags": {"pattern": ["striped", "floral", "plain"]},
            },
            "fingerprint": "5f2c9a1be07d4413",
            "generation": 1,
            "building": None,
            "former": None,
            "rerank": None,
            "created_at": "2026-11-21T10:00:00Z",
        }
    )

    name: str
    settings: SettingsOut
    fingerprint: str = Field(description="Of the embedder that made the vectors.")
    generation: int
    building: BuildingOut | None
    former: FormerOut | None
    rerank: CascadeModel | None = Field(description="The cascade of searches that ask for none.")
    created_at: datetime

    @classmethod
    def of(cls, index: Index) -> IndexOut:
        building = None
        if index.building is not None and index.building_settings is not None:
            building = BuildingOut(
                generation=index.building, settings=SettingsOut.of(index.building_settings)
            )
        return cls(
            name=index.name,
            settings=SettingsOut.of(index.settings),
            fingerprint=index.fingerprint,
            generation=index.generation,
            building=building,
            former=None if index.former is None else FormerOut.of(index.former),
            rerank=None if index.rerank is None else CascadeModel.of(index.rerank),
            created_at=index.created_at,
        )


class FormerStatsOut(Answer):
    """What the former collection takes, until it is dropped."""

    generation: int
    views: dict[str, int]
    estimated_bytes: int
    kept_until: datetime


class StatsOut(Answer):
    """Documents as SQL counts them, views per modality as the vector store does."""

    documents: int
    views: dict[str, int]
    estimated_bytes: int = Field(
        description="What the views take in the vector store: float32 numbers and HNSW graph."
    )
    former: FormerStatsOut | None = Field(description="Kept for a rollback, and on top of these.")


class VerifyOut(Answer):
    """What the vector store lacks or should not have; of each kind the first hundred ids."""

    consistent: bool
    documents: int
    differences: int
    missing_views: list[str]
    extra_views: list[str]
    missing_documents: list[str]
    extra_documents: list[str]

    @classmethod
    def of(cls, found: Verification) -> VerifyOut:
        return cls(
            consistent=found.consistent,
            documents=found.documents,
            differences=found.differences,
            missing_views=list(found.missing_views),
            extra_views=list(found.extra_views),
            missing_documents=list(found.missing_documents),
            extra_documents=list(found.extra_documents),
        )


def hnsw_of(model: HnswModel) -> Hnsw:
    """Turn the graph's shape into our noun."""
    return Hnsw(m=model.m, ef_construction=model.ef_construction)


def segments_of(model: SegmentsModel) -> Segments:
    """Turn the cutting of recordings into our noun."""
    return Segments(
        length_s=float(model.length_s),
        overlap_s=float(model.overlap_s),
        frames=model.frames,
        sound=model.sound,
    )
