"""What a search shows of itself to whoever watches what is searched and found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from services.core.ports import SearchWatcher
from services.core.types.indexes import Index
from services.core.types.populations import Searched
from services.search.hits import Confirmed, Query
from services.search.request import SearchRequest

COMPOSED: Final = "composed"


def note(
    watcher: SearchWatcher | None,
    request: SearchRequest,
    index: Index,
    *,
    start: int,
    query: Query,
    found: Sequence[Confirmed],
) -> None:
    """Tell of a first page; a further one is the same search, a degraded one is no usual one."""
    if watcher is None or start > 0 or query.vector is None:
        return
    best = found[0].view if found else None
    watcher.searched(
        Searched(
            index=index.name,
            space=index.space,
            kind=kind(request),
            vector=query.vector,
            top_score=None if best is None else best.score,
            empty=not found,
        )
    )


def kind(request: SearchRequest) -> str:
    """What is searched with: the kind of the only part, or composed."""
    kinds = {part.kind for part in request.parts if part.weight > 0}
    return kinds.pop() if len(kinds) == 1 else COMPOSED
