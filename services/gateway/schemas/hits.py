"""Hits over HTTP: a document, where it stands, the view that made it a hit, and the experiment."""

from __future__ import annotations

from pydantic import Field, JsonValue

from services.core.types.vectors import Modality
from services.gateway.schemas.base import Answer
from services.gateway.schemas.documents import DocumentOut
from services.gateway.schemas.rerank import MovedOut
from services.search.hits import Hit, Matched


class MatchedOut(Answer):
    """The view that is nearest to the query.

    `media_id` is the picture, the recording or the PDF that it shows (null for words), `start_s`
    and `end_s` when in a recording, `page` (from 1) where in a PDF.
    """

    modality: Modality
    view: str
    media_id: str | None
    start_s: float | None
    end_s: float | None
    page: int | None

    @classmethod
    def of(cls, matched: Matched) -> MatchedOut:
        return cls.model_construct(
            modality=matched.modality,
            view=matched.view_id,
            media_id=matched.media_id,
            start_s=matched.start_s,
            end_s=matched.end_s,
            page=matched.page,
        )


class FirstStageOut(Answer):
    """The order before any reranking; `score` is what it was made by."""

    rank: int
    score: float


class HitOut(Answer):
    """A document found. `rank` counts over all pages; `score` is a cosine similarity.

    Without the embedder, when only words are searched, `score` and `matched` are null.
    """

    id: str
    rank: int
    score: float | None
    document: DocumentOut
    matched: MatchedOut | None
    first_stage: FirstStageOut
    rerank: MovedOut | None = Field(default=None, description="Null where no stage looked.")
    explain: dict[str, JsonValue] | None = None

    @classmethod
    def of(cls, hit: Hit) -> HitOut:
        moved = hit.rerank
        return cls.model_construct(
            id=hit.id,
            rank=hit.rank,
            score=hit.score,
            document=DocumentOut.of(hit.document.document),
            matched=None if hit.matched is None else MatchedOut.of(hit.matched),
            first_stage=FirstStageOut.model_construct(
                rank=hit.first_stage.rank, score=hit.first_stage.score
            ),
            rerank=None
            if moved is None
            else MovedOut.model_construct(
                rank=moved.rank, reason=moved.reason, terms=dict(moved.terms)
            ),
            explain=None if hit.explain is None else dict(hit.explain),
        )


class TakenPartOut(Answer):
    """The experiment that the page is of.

    `variant` is the client's, null where two are interleaved. `failure` is the code of the error
    for which control answered instead, or the search as it would be without experiment; else null.
    """

    name: str
    variant: str | None
    failure: str | None
