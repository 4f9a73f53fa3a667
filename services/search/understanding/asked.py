"""A search as its sentence is understood: a shorter text, and a filter beside the caller's own."""

from __future__ import annotations

from dataclasses import dataclass, replace

from services.core import filters
from services.core.types.filters import And, Filter
from services.core.types.indexes import Index
from services.search.request import SearchRequest
from services.search.understanding.reading import Reading, read
from services.search.understanding.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Understood:
    """How a text was read, and whether the search was run with that reading.

    It was not if nothing was recognised, or if nothing would have been found with it.
    """

    reading: Reading
    applied: bool


def understand(
    request: SearchRequest, index: Index, known: Vocabulary
) -> tuple[SearchRequest, Understood]:
    """The search to run, and the reading of its text (the one with a weight above 0)."""
    attributes = index.settings.filterable()
    place = next(
        at for at, part in enumerate(request.parts) if part.text is not None and part.weight > 0
    )
    part = request.parts[place]
    reading = read(part.text or "", attributes, known)
    if reading.filter is None:
        return request, Understood(reading, applied=False)
    found = filters.parse(reading.filter, attributes, field="understand")
    parts = (
        *request.parts[:place],
        replace(part, text=reading.text),
        *request.parts[place + 1 :],
    )
    narrowed = replace(request, parts=parts, filter=_both(request.filter, found))
    return narrowed, Understood(reading, applied=True)


def _both(own: Filter | None, found: Filter) -> Filter:
    return found if own is None else And((own, found))
