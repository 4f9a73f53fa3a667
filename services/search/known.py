"""What SQL knows before a search starts, read in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from services.core.errors import InputError, NotFound
from services.core.ports import UnitOfWork
from services.core.settings import MediaLimits, Settings
from services.core.types.documents import StoredDocument
from services.core.types.indexes import Index
from services.search.media import check_stored
from services.search.parts import Medium
from services.search.request import SearchRequest
from services.search.views import of_modalities


@dataclass(frozen=True, slots=True)
class Known:
    """The index, the documents searched with by part position, and what a filter leaves.

    `matching` holds every document a selective filter leaves, to be scored exactly; None when
    there is no filter or it leaves too many.
    """

    index: Index
    likes: Mapping[int, StoredDocument]
    matching: tuple[StoredDocument, ...] | None


def read(work: UnitOfWork, request: SearchRequest, *, now: datetime, limits: Settings) -> Known:
    """Raises NotFound for the index, InputError for a document or medium that is not there."""
    index = work.indexes.get(request.index)
    likes: dict[int, StoredDocument] = {}
    for position, part in enumerate(request.parts):
        if part.document_id is not None:
            found = work.documents.live(request.index, [part.document_id], now=now)
            if part.document_id not in found:
                raise InputError.at(request.field(position), "is not a document of this index")
            likes[position] = found[part.document_id]
        if part.medium is not None and part.medium.media_id is not None:
            _check_media(work, part.medium, request, position, now=now, limits=limits.media)
    return Known(
        index=index,
        likes=likes,
        matching=selected(work, request, now=now, below=limits.search.exact_below_rows),
    )


def _check_media(
    work: UnitOfWork,
    medium: Medium,
    request: SearchRequest,
    position: int,
    *,
    now: datetime,
    limits: MediaLimits,
) -> None:
    """Media of this index and query media of anyone may be searched with until they expire.

    A medium of another index is as absent as one that never was.
    """
    field = request.field(position)
    try:
        media = work.media.get(medium.media_id or "")
    except NotFound:
        media = None
    if media is None or media.index not in (None, request.index):
        raise InputError.at(field, f"is not a stored {medium.kind.noun}")
    check_stored(media, medium.kind, field=field, limits=limits, now=now)


def selected(
    work: UnitOfWork, request: SearchRequest, *, now: datetime, below: int
) -> tuple[StoredDocument, ...] | None:
    """The documents a filter leaves, if they have fewer views than `below` to be scored."""
    if request.filter is None:
        return None
    count = work.documents.count(request.index, filter=request.filter, now=now)
    if count == 0:
        return ()
    if count >= below:
        return None
    found = work.documents.matching(request.index, filter=request.filter, now=now, limit=count)
    views = sum(len(of_modalities(each, request.target.modalities)) for each in found)
    return tuple(found) if views < below else None
