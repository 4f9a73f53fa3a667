"""Imports: catalogs that lie in files on the server."""

from __future__ import annotations

import hashlib
import json

from fastapi import Response

from services.core.errors import Conflict, NotFound
from services.core.types.access import Scope
from services.gateway import accepted, idempotency
from services.gateway.deps import CallerDep, IndexName, PortsDep
from services.gateway.idempotency import IdempotencyKey
from services.gateway.openapi import fails
from services.gateway.routing import needs
from services.gateway.routing import router as make_router
from services.gateway.schemas.imports import ImportIn
from services.gateway.schemas.jobs import JobOut
from services.ingest import accept

router = make_router("/v1/indexes/{index}/imports", tag="documents")


@router.post(
    "",
    status_code=202,
    response_model=JobOut,
    openapi_extra=needs(Scope.INGEST),
    responses=fails(NotFound, Conflict),
)
def add_import(
    index: IndexName,
    body: ImportIn,
    ports: PortsDep,
    caller: CallerDep,
    key: IdempotencyKey = None,
) -> Response:
    """Read a catalog from below the server's import folders, in a job."""
    source = body.model_dump(mode="json", exclude_unset=True)
    digest = hashlib.sha256(json.dumps(source, sort_keys=True).encode()).hexdigest()
    return accepted.once(
        ports,
        caller,
        key,
        idempotency.fingerprint(f"imports {index}", digest),
        lambda within: accept.accept_import(ports, index, source, within=within),
    )
