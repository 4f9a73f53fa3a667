"""The last gate: only documents that SQL says are live, unexpired and matching become hits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from services.core.filters import matches
from services.core.ports import Ports
from services.core.types.documents import StoredDocument
from services.core.types.search import ViewHit
from services.search import group
from services.search.diversity import Diversity
from services.search.hits import Candidate, Confirmed, Query
from services.search.known import Known
from services.search.request import SearchRequest
from services.search.views import of_modalities


def confirm(
    candidates: Sequence[Candidate],
    query: Query,
    known: Known,
    request: SearchRequest,
    *,
    wanted: int,
    diversity: Diversity,
    ports: Ports,
    now: datetime,
) -> list[Confirmed]:
    """The first candidates that may be returned, in their order, until at least `wanted`."""
    confirmed: list[Confirmed] = []
    start, size = 0, wanted
    while start < len(candidates) and len(confirmed) < wanted:
        chunk = candidates[start : start + size]
        start += len(chunk)
        size *= 2  # where much is left out, few steps are to do
        documents = _live(chunk, request, ports=ports, now=now)
        scored = _scored(chunk, documents, query, known, request, ports=ports)
        for candidate in chunk:
            document = documents.get(candidate.document_id)
            if document is None or not _in_target(document, request):
                continue
            view = candidate.view or scored.get(candidate.document_id)
            enough = query.vector is None or _scores_enough(view, request)
            if enough and diversity.admits(document.document):
                confirmed.append(Confirmed(candidate, document, view))
    return confirmed


def _live(
    chunk: Sequence[Candidate], request: SearchRequest, *, ports: Ports, now: datetime
) -> dict[str, StoredDocument]:
    ids = list(dict.fromkeys(candidate.document_id for candidate in chunk))
    with ports.database.read() as work:
        documents = work.documents.live(request.index, ids, now=now)
    if request.filter is None:
        return documents
    # The columns that the index filtered by may lag behind a change of attributes for a moment.
    return {
        id: document
        for id, document in documents.items()
        if matches(request.filter, document.document.filterable())
    }


def _scored(
    chunk: Sequence[Candidate],
    documents: Mapping[str, StoredDocument],
    query: Query,
    known: Known,
    request: SearchRequest,
    *,
    ports: Ports,
) -> dict[str, ViewHit]:
    """The best view of each document that was found by words only, scored exactly."""
    if query.vector is None:
        return {}
    view_ids = [
        view_id
        for candidate in chunk
        if candidate.view is None and candidate.document_id in documents
        for view_id in of_modalities(documents[candidate.document_id], request.target.modalities)
    ]
    if not view_ids:
        return {}
    with ports.outages.vectors.trying():
        found = ports.vectors.search_among(
            known.index.serving(), query.vector, view_ids=view_ids, limit=len(view_ids)
        )
    return {view.document_id: view for view in group.by_document(found)}


def _in_target(document: StoredDocument, request: SearchRequest) -> bool:
    """Words find documents that have no view of the kind that was asked for."""
    return bool(of_modalities(document, request.target.modalities))


def _scores_enough(view: ViewHit | None, request: SearchRequest) -> bool:
    if view is None:
        return False
    return request.min_score is None or view.score >= request.min_score
