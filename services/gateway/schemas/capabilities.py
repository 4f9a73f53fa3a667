"""What this deployment can do and how much of it."""

from __future__ import annotations

from services.core.types.vectors import EmbedderInfo
from services.gateway.schemas.base import Answer


class EmbedderOut(Answer):
    name: str
    fingerprint: str
    modalities: list[str]
    joint: bool
    dimensions: list[int]
    max_text_tokens: int
    licence: str
    summary: str

    @classmethod
    def of(cls, info: EmbedderInfo) -> EmbedderOut:
        return cls(
            name=info.name,
            fingerprint=info.fingerprint,
            modalities=sorted(info.modalities),
            joint=info.joint,
            dimensions=list(info.dimensions),
            max_text_tokens=info.max_text_tokens,
            licence=info.licence,
            summary=info.summary,
        )


class LimitsOut(Answer):
    max_request_bytes: int
    max_documents_per_request: int
    max_images_per_document: int
    max_image_bytes: int
    max_image_pixels: int
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
    limits: LimitsOut
