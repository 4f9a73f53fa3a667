"""What this deployment can do."""

from __future__ import annotations

from importlib import metadata

from services.core.errors import Unavailable
from services.core.ports import Ports
from services.core.ports.vision import VisionModel
from services.core.settings import Settings
from services.core.types.access import Scope
from services.gateway.deps import GatewayDep, PortsDep
from services.gateway.routing import needs
from services.gateway.routing import router as make_router
from services.gateway.schemas.capabilities import (
    CapabilitiesOut,
    EmbedderOut,
    LimitsOut,
    VisionOut,
)

router = make_router("/v1/capabilities", tag="building blocks")


@router.get("", openapi_extra=needs(Scope.SEARCH, Scope.INGEST))
def capabilities(ports: PortsDep, gateway: GatewayDep) -> CapabilitiesOut:
    """List embedders with what they embed, their sizes and what those take, and every limit."""
    return CapabilitiesOut(
        version=metadata.version("margay"),
        default_embedder=ports.settings.models.default_embedder,
        embedders=[_embedder(name, ports) for name in ports.embedder.names()],
        cross_encoders=list(ports.scorer.names()),
        vision=_vision(gateway.runtime.rerankers.vision),
        limits=_limits(ports.settings),
    )


def _vision(model: VisionModel | None) -> VisionOut | None:
    if model is None:
        return None
    problem = model.problem()
    return VisionOut(model=model.name, available=problem is None, reason=problem)


def _embedder(name: str, ports: Ports) -> EmbedderOut:
    """One that cannot be loaded is listed too: the operator asked for it and looks for it here."""
    try:
        return EmbedderOut.of(ports.embedder.info(name))
    except Unavailable as error:
        return EmbedderOut.absent(name, error.detail)


def _limits(settings: Settings) -> LimitsOut:
    return LimitsOut(
        max_request_bytes=settings.server.max_request_bytes,
        max_documents_per_request=settings.ingest.max_documents_per_request,
        max_images_per_document=settings.ingest.max_images_per_document,
        max_recordings_per_document=settings.ingest.max_recordings_per_document,
        max_files_per_document=settings.ingest.max_files_per_document,
        max_image_bytes=settings.media.max_image_bytes,
        max_image_pixels=settings.media.max_image_pixels,
        max_audio_bytes=settings.media.max_audio_bytes,
        max_video_bytes=settings.media.max_video_bytes,
        max_recording_s=settings.media.max_recording_s,
        max_query_recording_s=settings.media.max_query_recording_s,
        max_pdf_bytes=settings.media.max_pdf_bytes,
        max_pdf_pages=settings.media.max_pdf_pages,
        max_search_limit=settings.search.max_limit,
        max_search_offset=settings.search.max_offset,
        max_search_parts=settings.search.max_parts,
        max_search_text_characters=settings.search.max_text_characters,
        query_media_ttl_s=settings.media.query_media_ttl_s,
        requests_per_minute=settings.server.requests_per_minute,
    )
