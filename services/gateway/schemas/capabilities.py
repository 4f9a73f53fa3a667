"""What this deployment can do and how much of it."""

from __future__ import annotations

from pydantic import Field

from services.core.storage_estimate import gib_per_million, storage_bytes
from services.core.types.indexes import Hnsw
from services.core.types.vectors import EmbedderInfo
from services.gateway.schemas.base import Answer


class StorageOut(Answer):
    """What views of one size take: their float32 numbers and their place in an HNSW graph, M=16."""

    dimensions: int
    bytes_per_view: int
    gib_per_million_views: float

    @classmethod
    def of(cls, dimensions: int) -> StorageOut:
        m = Hnsw().m
        return cls(
            dimensions=dimensions,
            bytes_per_view=storage_bytes(dimensions, m),
            gib_per_million_views=gib_per_million(dimensions, m),
        )


class EmbedderOut(Answer):
    """An embedder. One that cannot be loaded says why in `reason`; the rest is then not known."""

    name: str
    available: bool
    reason: str | None = None
    fingerprint: str | None = None
    modalities: list[str] = Field(default=[], description="What it embeds.")
    joint: bool = Field(default=False, description="Text and image together into one vector.")
    hears_video: bool = Field(
        default=False, description="A video's sound goes into the same vector as its pictures."
    )
    dimensions: list[int] = Field(default=[], description="Usable sizes, the default first.")
    storage: list[StorageOut] = Field(default=[], description="What each size takes.")
    max_text_tokens: int | None = None
    licence: str | None = None
    summary: str | None = None
    advice: str | None = Field(
        default=None, description="Which searches it is good for and which not."
    )

    suggested_min_score: dict[str, float] = Field(
        default={},
        description=(
            "Where to cut hits, by type of query, as measured on the sample catalog at the default "
            "size; empty if nobody measured."
        ),
        examples=[{"text": 0.4, "image": 0.88, "composed": 0.55}],
    )

    @classmethod
    def of(cls, info: EmbedderInfo) -> EmbedderOut:
        return cls(
            name=info.name,
            available=True,
            fingerprint=info.fingerprint,
            modalities=sorted(info.modalities),
            joint=info.joint,
            hears_video=info.hears_video,
            dimensions=list(info.dimensions),
            storage=[StorageOut.of(each) for each in info.dimensions],
            max_text_tokens=info.max_text_tokens,
            licence=info.licence,
            summary=info.summary,
            advice=info.advice or None,
            suggested_min_score=dict(info.min_scores),
        )

    @classmethod
    def absent(cls, name: str, reason: str) -> EmbedderOut:
        return cls(name=name, available=False, reason=reason)


class VisionOut(Answer):
    """The vision model of the reranking stage `vlm`, as it was some seconds ago at most."""

    model: str = Field(examples=["microsoft/Phi-3-vision-128k-instruct"])
    available: bool
    reason: str | None = Field(default=None, description="Why it is not available.")


class LimitsOut(Answer):
    max_request_bytes: int
    max_documents_per_request: int
    max_images_per_document: int
    max_recordings_per_document: int = Field(description="Sounds, and as many videos.")
    max_files_per_document: int
    max_image_bytes: int
    max_image_pixels: int
    max_audio_bytes: int
    max_video_bytes: int
    max_recording_s: float = Field(description="Longest sound or video of a document.")
    max_query_recording_s: float = Field(description="Longest sound or video to search with.")
    max_pdf_bytes: int
    max_pdf_pages: int
    max_search_limit: int
    max_search_offset: int
    max_search_parts: int
    max_search_text_characters: int
    query_media_ttl_s: int
    requests_per_minute: int


class CapabilitiesOut(Answer):
    version: str
    default_embedder: str
    embedders: list[EmbedderOut]
    cross_encoders: list[str] = Field(description="Models that rerank, the default first.")
    vision: VisionOut | None = Field(description="Null where no vision model is configured.")
    limits: LimitsOut
