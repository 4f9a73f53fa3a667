"""Vectors for anybody, in the shape that OpenAI's clients speak, media too."""

from __future__ import annotations

import base64

from services.core.errors import FetchFailed, InputError, NotFound
from services.core.ports import Ports
from services.core.types.access import Scope
from services.core.types.vectors import Vector
from services.gateway import embeddings_input
from services.gateway.deps import PortsDep
from services.gateway.openapi import fails
from services.gateway.routing import needs
from services.gateway.routing import router as make_router
from services.gateway.schemas.embeddings import (
    EmbeddingOut,
    EmbeddingsIn,
    EmbeddingsOut,
    UsageOut,
)

router = make_router("/v1/embeddings", tag="building blocks")


@router.post("", openapi_extra=needs(Scope.SEARCH), responses=fails(NotFound, FetchFailed))
def create_embeddings(body: EmbeddingsIn, ports: PortsDep) -> EmbeddingsOut:
    """Turn texts, pictures, sounds and videos into unit vectors, in the order they were sent.

    `usage` is zero: tokens are not counted here. A text beyond the embedder's length is cut.
    """
    wanted = embeddings_input.read(body.input)
    _check_model(body, ports)
    vectors = embeddings_input.embed(
        wanted,
        embedder=body.model,
        purpose=body.purpose,
        dimensions=body.dimensions,
        ports=ports,
    )
    data = [
        EmbeddingOut(index=place, embedding=_encoded(vector, body.encoding_format))
        for place, vector in enumerate(vectors)
    ]
    return EmbeddingsOut(data=data, model=body.model, usage=UsageOut())


def _check_model(body: EmbeddingsIn, ports: Ports) -> None:
    if body.model not in ports.embedder.names():
        known = ", ".join(ports.embedder.names())
        raise InputError.at("model", f"is not one of this deployment's ({known})")
    sizes = ports.embedder.info(body.model).dimensions
    if body.dimensions is not None and body.dimensions not in sizes:
        shown = ", ".join(str(size) for size in sizes)
        raise InputError.at("dimensions", f"must be one of {shown} for {body.model!r}")


def _encoded(vector: Vector, encoding: str) -> list[float] | str:
    if encoding == "base64":
        return base64.b64encode(vector.astype("<f4").tobytes()).decode()
    return [float(number) for number in vector]
