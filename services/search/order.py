"""Make one list of candidates of what the legs have found."""

from __future__ import annotations

from collections.abc import Sequence

from services.core.types.search import LexicalHit, ViewHit
from services.search import fuse, group
from services.search.hits import Candidate, Retrieved
from services.search.request import GroupBy


def candidates(
    found: Retrieved, *, group_by: GroupBy, lexical_share: float | None, k: int = fuse.K
) -> list[Candidate]:
    """Best first: by similarity, or in a hybrid search by the ranks in both legs.

    Raw scores of the two legs never meet: words count by their rank only.
    """
    if group_by is GroupBy.VIEW:
        return [
            Candidate(view.view_id, view.document_id, view, view.score, rank, None)
            for rank, view in enumerate(group.by_view(found.views), start=1)
        ]
    views = group.by_document(found.views)
    if not lexical_share:
        return [
            Candidate(view.document_id, view.document_id, view, view.score, rank, None)
            for rank, view in enumerate(views, start=1)
        ]
    return _fused(views, found.words, lexical_share=lexical_share, k=k)


def _fused(
    views: Sequence[ViewHit], words: Sequence[LexicalHit], *, lexical_share: float, k: int
) -> list[Candidate]:
    by_vector = {view.document_id: (rank, view) for rank, view in enumerate(views, start=1)}
    by_words = {hit.document_id: hit.rank for hit in words}
    merged = fuse.reciprocal_rank(
        [list(by_vector), list(by_words)], weights=[1.0 - lexical_share, lexical_share], k=k
    )
    return [
        Candidate(
            key=id,
            document_id=id,
            view=by_vector[id][1] if id in by_vector else None,
            order_score=score,
            vector_rank=by_vector[id][0] if id in by_vector else None,
            lexical_rank=by_words.get(id),
        )
        for id, score in merged
    ]
