"""Imports: catalogs in files on the server, or that come with the request; seen before taken."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Response

from services.core.errors import Conflict, InsufficientStorage, NotFound
from services.core.ports import Ports
from services.core.types.access import Scope
from services.core.types.jobs import Job
from services.gateway import accepted, idempotency, openapi
from services.gateway.deps import CallerDep, IndexName, PortsDep
from services.gateway.idempotency import IdempotencyKey
from services.gateway.import_body import ImportBody, read_import
from services.gateway.openapi import fails
from services.gateway.routing import needs
from services.gateway.routing import router as make_router
from services.gateway.schemas.imports import IMPORT_BODY, PreviewOut
from services.gateway.schemas.jobs import JobOut
from services.ingest import accept, preview, uploaded
from services.ingest.accept import Within

router = make_router("/v1/indexes/{index}/imports", tag="documents")

Body = Annotated[ImportBody, Depends(read_import)]


@router.post(
    "",
    status_code=202,
    response_model=JobOut,
    openapi_extra=needs(Scope.INGEST, **openapi.body(IMPORT_BODY)),
    responses=fails(NotFound, Conflict, InsufficientStorage),
)
def add_import(
    index: IndexName,
    body: Body,
    ports: PortsDep,
    caller: CallerDep,
    key: IdempotencyKey = None,
) -> Response:
    """Read a catalog from below the server's import folders, in a job; or one that is sent.

    As a form: the part `file` is a CSV or JSON Lines file, the part `request` says how to read it.
    """
    return accepted.once(
        ports,
        caller,
        key,
        idempotency.fingerprint(f"imports {index}", body.digest()),
        lambda within: _accept(ports, index, body, within),
    )


@router.post(
    "/preview",
    openapi_extra=needs(Scope.INGEST, **openapi.body(IMPORT_BODY)),
    responses=fails(NotFound),
)
def preview_import(index: IndexName, body: Body, ports: PortsDep) -> PreviewOut:
    """Show the first 20 rows as an import would take them, and a mapping; nothing is written."""
    with body.opened(ports) as read:
        uploaded_too = body.upload is not None
        return PreviewOut.of(preview.preview(ports, index, read, uploaded=uploaded_too))


def _accept(ports: Ports, index: str, body: ImportBody, within: Within | None) -> Job:
    if body.upload is None:
        return accept.accept_import(ports, index, body.asked, within=within)
    with body.opened(ports) as read:
        return uploaded.accept(ports, index, body.upload.name, read, within=within)
