"""One hit per document: its best view."""

from __future__ import annotations

from collections.abc import Iterable

from services.core.types.search import ViewHit


def by_document(views: Iterable[ViewHit]) -> list[ViewHit]:
    """The best view of each document, best first, equal scores by document id.

    Of equally good views of one document the one with the smallest id is kept, whatever the order
    they came in.
    """
    best: dict[str, ViewHit] = {}
    for view in views:
        held = best.get(view.document_id)
        if held is None or (-view.score, view.view_id) < (-held.score, held.view_id):
            best[view.document_id] = view
    return sorted(best.values(), key=lambda view: (-view.score, view.document_id))


def by_view(views: Iterable[ViewHit]) -> list[ViewHit]:
    """Every view once, best first, equal scores by document id, then view id."""
    once = {view.view_id: view for view in views}
    return sorted(once.values(), key=lambda view: (-view.score, view.document_id, view.view_id))
