"""The nouns of the flow, from what was retrieved to what is answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.core.types.documents import StoredDocument
from services.core.types.facets import Counted
from services.core.types.search import LexicalHit, ViewHit
from services.core.types.vectors import Modality, Vector
from services.search.rerank.cascade import Report
from services.search.sort import Sorted
from services.search.suggestions import Suggestions
from services.search.understanding.asked import Understood


@dataclass(frozen=True, slots=True)
class PartVector:
    """A part's own unit vector, for the similarity that `explain` reports."""

    field: str
    kind: str
    weight: float
    vector: Vector


@dataclass(frozen=True, slots=True)
class Query:
    """What is compared with the views; `vector` None: words must do, since something is `missing`.

    `missing` names what did not answer: `embedder`, `vectors`. Without `vectors` the words are
    looked for in SQL.
    """

    vector: Vector | None
    parts: tuple[PartVector, ...]
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Retrieved:
    """What both legs have found so far, each best first."""

    views: tuple[ViewHit, ...]
    words: tuple[LexicalHit, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A hit that SQL has not confirmed yet.

    `key` tells candidates apart: the document's id, or the view's where views are hits. `view` is
    None for a document found by words only. `order_score` is what the order was made by:
    the cosine similarity, or in a hybrid search the fused score of the ranks.
    """

    key: str
    document_id: str
    view: ViewHit | None
    order_score: float
    vector_rank: int | None
    lexical_rank: int | None


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A candidate with its live document and its view's exact similarity (None when degraded)."""

    candidate: Candidate
    document: StoredDocument
    view: ViewHit | None


@dataclass(frozen=True, slots=True)
class Matched:
    """The view that made the document a hit.

    `media_id` is the picture, the recording or the file that the view shows, None for words;
    `ordinal` its place in the document's list. `start_s` and `end_s` are there for a segment of a
    recording, `page` (from 1) for a page of a file.
    """

    modality: Modality
    view_id: str
    ordinal: int
    media_id: str | None
    start_s: float | None = None
    end_s: float | None = None
    page: int | None = None


@dataclass(frozen=True, slots=True)
class FirstStage:
    """The order before any reranking; `score` is what it was made by (see Candidate)."""

    rank: int
    score: float


@dataclass(frozen=True, slots=True)
class Moved:
    """What the cascade did with a hit: its rank after it, why, and the terms of a formula."""

    rank: int
    reason: str | None
    terms: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Hit:
    """One result.

    `rank` counts from 1 over all pages. `score` is the cosine similarity, -1..1, of the query's
    vector to the matched view, also in a hybrid search, where the order is by ranks instead; score
    and `matched` are None only when the search was degraded to words.
    """

    id: str
    rank: int
    score: float | None
    document: StoredDocument
    matched: Matched | None
    first_stage: FirstStage
    explain: Mapping[str, Any] | None
    rerank: Moved | None = None


@dataclass(frozen=True, slots=True)
class SearchResponse:
    """A page of hits. `no_match`: nothing at all matched, not merely nothing on this page."""

    query_id: str
    hits: tuple[Hit, ...]
    timings_ms: Mapping[str, float]
    next_cursor: str | None
    no_match: bool
    degraded: bool
    rerank: tuple[Report, ...] = ()
    facets: tuple[Counted, ...] = ()
    understood: Understood | None = None
    sorted: Sorted | None = None
    suggestions: Suggestions | None = None
    degraded_reasons: tuple[str, ...] = ()
    """What did not answer: `embedder` (words alone were searched), `vectors` (and those in SQL)."""
