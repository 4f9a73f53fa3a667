"""What a search asks for, and the check that it makes sense before anything is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from services.core import ids
from services.core.errors import InputError
from services.core.settings import Search
from services.core.types.facets import Facet
from services.core.types.filters import Filter
from services.core.types.rerank import RerankSpec
from services.core.types.vectors import Modality
from services.search import diversity, facets, fuse
from services.search import sort as sorting
from services.search.parts import Part, check_part
from services.search.rerank import asked
from services.search.sort import Sort


class Target(StrEnum):
    """Which views are searched; `any` is the best view of each document, whichever it is."""

    ANY = "any"
    TEXT = "text"
    IMAGE = "image"
    COMBINED = "combined"
    AUDIO = "audio"
    VIDEO = "video"

    @property
    def modalities(self) -> tuple[Modality, ...]:
        """The partitions that are searched; an empty one costs nothing (measured)."""
        return tuple(Modality) if self is Target.ANY else (Modality(self.value),)


class Fusion(StrEnum):
    """How text and picture become one vector: by the embedder itself, or as a weighted mean."""

    JOINT = "joint"
    MEAN = "mean"


class GroupBy(StrEnum):
    """What is one hit: a document (its best view), or each view."""

    DOCUMENT = "document"
    VIEW = "view"


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A search of one index.

    `filter` is parsed against the index's attributes. `hybrid` is the share of the words' ranking,
    0..1 (the vectors' has the rest); None searches by vectors only. `rrf_k` softens the lead of the
    first ranks where the two rankings are fused. `fusion` None lets the embedder decide. `offset`
    counts hits; `cursor` is an answer's `next_cursor` and stands for an offset.
    `rerank` None is the index's own cascade, if it has one. `sort` None: by relevance.
    `suggest` asks what to try if nothing is found.
    """

    index: str
    parts: tuple[Part, ...]
    target: Target = Target.ANY
    filter: Filter | None = None
    limit: int = 10
    offset: int = 0
    cursor: str | None = None
    min_score: float | None = None
    group_by: GroupBy = GroupBy.DOCUMENT
    hybrid: float | None = None
    rrf_k: int = fuse.K
    fusion: Fusion | None = None
    explain: bool = False
    rerank: RerankSpec | None = None
    max_per: Mapping[str, int] | None = None
    facets: tuple[Facet, ...] = ()
    understand: bool = False
    sort: Sort | None = None
    suggest: bool = False

    def field(self, position: int) -> str:
        """How the caller wrote the part at this position."""
        return self.parts[position].field or f"parts[{position}]"

    @property
    def words(self) -> tuple[str, ...]:
        """The texts that are searched for (not those that are steered away from)."""
        return tuple(p.text.strip() for p in self.parts if p.text is not None and p.weight > 0)


def check(request: SearchRequest, *, limits: Search) -> None:
    """Raise InputError naming the field and the limit unless the request makes sense."""
    ids.check_index_name(request.index)
    if not 1 <= len(request.parts) <= limits.max_parts:
        raise InputError.at(
            "parts",
            f"must be 1 to {limits.max_parts} of text, image, audio, video and document_id",
        )
    for position, part in enumerate(request.parts):
        check_part(part, request.field(position), longest_text=limits.max_text_characters)
    if all(part.weight == 0 for part in request.parts):
        raise InputError.at("parts", "needs at least one weight that is not 0")
    _check_page(request, limits=limits)
    _check_hybrid(request)
    _check_understand(request)
    if request.rerank is not None:
        asked.check(request.rerank)
    diversity.check(request.max_per or {})
    facets.check(request.facets)
    _check_sort(request)
    score = request.min_score
    if score is not None and not -1 <= score <= 1:
        raise InputError.at("min_score", "must be a cosine similarity, -1 to 1")


def _check_sort(request: SearchRequest) -> None:
    sorting.check(request.sort)
    if request.sort is not None and request.rerank is not None and request.rerank.stages:
        raise InputError.at("sort", "cannot be combined with rerank: either orders the hits")


def _check_understand(request: SearchRequest) -> None:
    if request.understand and len(request.words) != 1:
        raise InputError.at("understand", "needs exactly one text with a positive weight")


def _check_page(request: SearchRequest, *, limits: Search) -> None:
    if not 1 <= request.limit <= limits.max_limit:
        raise InputError.at("limit", f"must be 1 to {limits.max_limit}")
    if not 0 <= request.offset <= limits.max_offset:
        raise InputError.at("offset", f"must be 0 to {limits.max_offset}")
    if request.cursor is not None and request.offset:
        raise InputError.at("cursor", "cannot be combined with offset: it already says where")


def _check_hybrid(request: SearchRequest) -> None:
    share = request.hybrid
    if share is None:
        return
    if not 0 <= share <= 1:
        raise InputError.at("hybrid", "must be the share of the words' ranking, 0 to 1")
    if not 1 <= request.rrf_k <= fuse.MAX_K:
        raise InputError.at("hybrid.k", f"must be 1 to {fuse.MAX_K}")
    if not request.words:
        raise InputError.at("hybrid", "needs a text with a positive weight to rank by words")
    if request.group_by is GroupBy.VIEW:
        raise InputError.at("group_by", "cannot be view in a hybrid search: words find documents")
