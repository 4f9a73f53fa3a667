"""The confirmed hits in the order that the cascade, or an attribute, gives them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from services.core.errors import Unavailable
from services.core.ids import ViewName
from services.core.ports import Ports
from services.core.types.documents import Document
from services.core.types.rerank import CrossEncoderSpec, RerankSpec, SignalsSpec, StageSpec
from services.search import views
from services.search.hits import Confirmed
from services.search.rerank.asked import window
from services.search.rerank.cascade import Report
from services.search.rerank.rerankers import Rerankers, Started
from services.search.rerank.stage import Candidate, Status
from services.search.sort import Sort, key


@dataclass(frozen=True, slots=True)
class Placed:
    """A confirmed hit, its rank before the cascade, and what the cascade said of it."""

    confirmed: Confirmed
    first_rank: int
    reason: str | None = None
    terms: tuple[tuple[str, float], ...] | None = None


@dataclass(frozen=True, slots=True)
class Ordered:
    """Hits in their final order; no reports where nothing was asked for or in reach."""

    hits: tuple[Placed, ...]
    reports: tuple[Report, ...]


def unchanged(found: Sequence[Confirmed]) -> Ordered:
    """The order that came in."""
    return Ordered(tuple(Placed(each, rank) for rank, each in enumerate(found, start=1)), ())


def by_attribute(found: Sequence[Confirmed], sort: Sort, *, cascade: RerankSpec | None) -> Ordered:
    """The best `sort.among` hits by their attribute, and no others.

    The index's own cascade is not run: each of its stages is reported as skipped.
    """
    placed = unchanged(found).hits[: sort.among]
    ordered = sorted(
        placed, key=lambda each: key(each.confirmed.document.document, sort, each.first_rank)
    )
    detail = f"the hits are sorted by {sort.by}"
    stages = () if cascade is None else cascade.stages
    skipped = (Report(_name(stage), Status.SKIPPED, 0.0, detail, {}) for stage in stages)
    return Ordered(tuple(ordered), tuple(skipped))


def _name(stage: StageSpec) -> str:
    match stage:
        case SignalsSpec():
            return "signals"
        case CrossEncoderSpec():
            return "cross_encoder"
    return "vlm"


def by_cascade(
    found: Sequence[Confirmed],
    spec: RerankSpec,
    started: Started,
    rerankers: Rerankers,
    *,
    ports: Ports,
) -> Ordered:
    """The first hits as the cascade orders them, the others behind as they came."""
    placed = unchanged(found).hits
    seen = placed[: window(spec)]
    learned = _learned(seen, spec, started.asked.index, ports=ports)
    result = rerankers.run(
        spec.stages,
        started,
        [_candidate(each.confirmed, learned) for each in seen],
        deadline_s=spec.deadline_ms / 1000,
        media=ports.media,
    )
    moved = tuple(
        Placed(
            seen[at].confirmed,
            seen[at].first_rank,
            result.reasons.get(at),
            tuple(result.terms.get(at, {}).items()),
        )
        for at in result.order
    )
    return Ordered(moved + placed[len(seen) :], result.reports)


def _learned(
    seen: Sequence[Placed], spec: RerankSpec, index: str, *, ports: Ports
) -> Mapping[str, float]:
    """What clicks taught of these hits; not looked up for nothing, since most formulas ask not."""
    wanted = any(isinstance(each, SignalsSpec) and each.weights.get("ctr") for each in spec.stages)
    if not wanted or not seen:
        return {}
    ids = [each.confirmed.document.document.id for each in seen]
    # No search fails because of its reranking: without the figures the others still count.
    with suppress(Unavailable), ports.database.read() as work:
        return work.learning.ctr(index, list(dict.fromkeys(ids)))
    return {}


def _candidate(found: Confirmed, learned: Mapping[str, float]) -> Candidate:
    document = found.document.document
    return Candidate(
        document=document,
        score=found.candidate.order_score,
        updated_at=found.document.updated_at,
        media_id=_shown(found, document),
        learned_ctr=learned.get(document.id),
    )


def _shown(found: Confirmed, document: Document) -> str | None:
    """The medium that stands for a hit: the one that matched, else its first that has a picture."""
    matched = None
    if found.view is not None:
        matched = views.medium(ViewName.parse(found.view.view_id), document)
    held = (document.images, *(tuple(each.reference for each in of) for of in (
        document.video, document.files, document.audio)))  # fmt: skip
    return matched or next((media[0] for media in held if media), None)
