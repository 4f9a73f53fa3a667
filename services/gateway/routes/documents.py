"""Documents: sent, listed, read, changed and deleted."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query, Response

from services.core import filters
from services.core.errors import BadFilter, Conflict, InsufficientStorage, NotFound
from services.core.types.access import Scope
from services.core.types.filters import Filter
from services.core.types.indexes import Index
from services.gateway import accepted, idempotency, openapi, strict_json
from services.gateway.deps import CallerDep, Cursor, DocumentId, IndexName, Limit, PortsDep
from services.gateway.documents_body import DocumentsBody, read_documents
from services.gateway.idempotency import IdempotencyKey
from services.gateway.openapi import fails
from services.gateway.routing import needs
from services.gateway.routing import router as make_router
from services.gateway.schemas.base import Page
from services.gateway.schemas.documents import (
    DOCUMENTS_BODY,
    DeletedOut,
    DeleteIn,
    DocumentPatchIn,
    StoredDocumentOut,
)
from services.gateway.schemas.jobs import JobOut
from services.ingest import accept, change

router = make_router("/v1/indexes/{index}/documents", tag="documents")

FilterParameter = Annotated[
    str | None,
    Query(
        alias="filter",
        max_length=8192,
        description='A filter as JSON, e.g. `{"price": {"lt": 30}}`.',
        examples=['{"price": {"lt": 30}}'],
    ),
]


@router.post(
    "",
    status_code=202,
    response_model=JobOut,
    openapi_extra=needs(Scope.INGEST, **openapi.body(DOCUMENTS_BODY)),
    responses=fails(NotFound, Conflict, InsufficientStorage),
)
def add_documents(
    index: IndexName,
    body: Annotated[DocumentsBody, Depends(read_documents)],
    ports: PortsDep,
    caller: CallerDep,
    key: IdempotencyKey = None,
) -> Response:
    """Accept documents, all or none; the job tells when each can be found.

    An equal id replaces the document. Media are URLs, data URIs, or files of a multipart
    request that `file:<filename>` refers to.
    """
    return accepted.once(
        ports,
        caller,
        key,
        idempotency.fingerprint(f"documents {index}", body.digest),
        lambda within: accept.accept(ports, index, body.documents, files=body.files, within=within),
    )


@router.get("", openapi_extra=needs(Scope.SEARCH), responses=fails(NotFound))
def list_documents(
    index: IndexName,
    ports: PortsDep,
    filter: FilterParameter = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[StoredDocumentOut]:
    """List documents by id."""
    with ports.database.read() as work:
        wanted = _filter(work.indexes.get(index), filter)
        rows = work.documents.page(index, after=cursor, limit=limit + 1, filter=wanted)
    items = [StoredDocumentOut.of_stored(row) for row in rows[:limit]]
    more = len(rows) > limit
    return Page[StoredDocumentOut](items=items, next_cursor=items[-1].id if more else None)


@router.get("/{document_id}", openapi_extra=needs(Scope.SEARCH), responses=fails(NotFound))
def get_document(index: IndexName, document_id: DocumentId, ports: PortsDep) -> StoredDocumentOut:
    """Show a document as it is stored."""
    with ports.database.read() as work:
        return StoredDocumentOut.of_stored(work.documents.get(index, document_id))


@router.patch(
    "/{document_id}", openapi_extra=needs(Scope.INGEST), responses=fails(NotFound, Conflict)
)
def patch_document(
    index: IndexName, document_id: DocumentId, body: DocumentPatchIn, ports: PortsDep
) -> StoredDocumentOut:
    """Change attributes and signals at once, without embedding again; null removes a key."""
    changes = body.model_dump(exclude_unset=True)
    return StoredDocumentOut.of_stored(change.patch(ports, index, document_id, changes))


@router.delete(
    "/{document_id}",
    status_code=204,
    openapi_extra=needs(Scope.INGEST),
    responses=fails(NotFound),
)
def delete_document(index: IndexName, document_id: DocumentId, ports: PortsDep) -> Response:
    """Delete a document; from the answer on no search returns it."""
    change.delete(ports, index, document_id)
    return Response(status_code=204)


@router.post("/delete", openapi_extra=needs(Scope.INGEST), responses=fails(NotFound))
def delete_matching(index: IndexName, body: DeleteIn, ports: PortsDep) -> DeletedOut:
    """Delete every document that matches a filter."""
    return DeletedOut(deleted=change.delete_matching(ports, index, body.filter))


def _filter(index: Index, raw: str | None) -> Filter | None:
    if raw is None:
        return None
    value = strict_json.loads(raw.encode("utf-8", "surrogatepass"), place="filter")
    if not isinstance(value, dict):
        raise BadFilter.at("filter", "must be a JSON object")
    return filters.parse(value, index.settings.filterable())
