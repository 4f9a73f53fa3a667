"""What shorter vectors cost: quality beside bytes, for each Matryoshka size of an embedder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from services.core.errors import InputError
from services.core.ports import EmbedderClient
from services.core.storage_estimate import gib_per_million
from services.core.types.vectors import EmbedderInfo, Modality
from services.insight import cutoff, embedding, metrics
from services.insight.cutoff import Cutoff
from services.insight.embedding import Progress
from services.insight.metrics import Quality
from services.insight.query_set import TYPES, QuerySet
from services.insight.ranking import score

NUMBER_BYTES = 4
Scored: TypeAlias = list[tuple[str, float]]
EVERY_VIEW = (Modality.TEXT, Modality.IMAGE, Modality.COMBINED)


@dataclass(frozen=True, slots=True)
class Size:
    """One dimension: what a vector takes, and how good answers are by type of query.

    `kept` is the share of the full size's nDCG@10 that is left, by type too, and `cutoffs` a
    `min_score` to begin with.
    """

    dimensions: int
    bytes_per_vector: int
    gib_per_million_views: float
    quality: Mapping[str, Quality]
    kept: Mapping[str, float]
    cutoffs: Mapping[str, Cutoff | None]


@dataclass(frozen=True, slots=True)
class Report:
    embedder: str
    fingerprint: str
    documents: int
    views: int
    sizes: tuple[Size, ...]


def report(
    query_set: QuerySet,
    client: EmbedderClient,
    embedder: str,
    *,
    dimensions: Sequence[int] = (),
    modalities: Sequence[Modality] = EVERY_VIEW,
    progress: Progress = lambda _done, _total: None,
) -> Report:
    """Measure at these sizes (default: all of the embedder's), largest first.

    Each content is embedded once at full size; each size is that vector truncated and normalised
    again, as an index of that size holds it. Raises InputError for a size the embedder does not
    offer, and when nothing can be measured; SettingsError without ir-measures.
    """
    info = client.info(embedder)
    sizes = check_sizes(dimensions, info)
    embedded = embedding.embed(query_set, client, embedder, progress=progress)
    names = [document.id for document in query_set.documents]
    types = {query.id: query.type for query, _ in embedded.queries}
    measured: dict[int, dict[str, Quality]] = {}
    cutoffs: dict[int, dict[str, Cutoff | None]] = {}
    for size in dict.fromkeys((info.dimensions[0], *sizes)):
        found = score(embedded, names, dimensions=size, modalities=modalities, depth=cutoff.DEPTH)
        measured[size] = {
            kind: metrics.measure(_names(some), query_set.grades)
            for kind, some in _by_type(found, types).items()
        }
        cutoffs[size] = {
            kind: cutoff.suggest(some, query_set.grades)
            for kind, some in _by_type(found, types).items()
        }
    full = measured[info.dimensions[0]]
    if not full:
        raise InputError.at("embedder", f"{embedder} can embed none of these queries and views")
    return Report(
        embedder=embedder,
        fingerprint=info.fingerprint,
        documents=len(names),
        views=sum(view.modality in modalities for view in embedded.views),
        sizes=tuple(_size(size, measured[size], full, cutoffs[size]) for size in sizes),
    )


def check_sizes(asked: Sequence[int], info: EmbedderInfo) -> tuple[int, ...]:
    """The sizes asked for, or all, largest first. Raises InputError listing what is offered."""
    offered = ", ".join(str(size) for size in info.dimensions)
    for size in asked:
        if size not in info.dimensions:
            raise InputError.at("dimensions", f"{size} is none that {info.name} offers: {offered}")
    return tuple(sorted(set(asked or info.dimensions), reverse=True))


def _by_type(
    scored: Mapping[str, Scored], types: Mapping[str, str]
) -> dict[str, dict[str, Scored]]:
    split = {
        kind: {query_id: found for query_id, found in scored.items() if types[query_id] == kind}
        for kind in TYPES
    }
    return {kind: some for kind, some in split.items() if some}


def _names(scored: Mapping[str, Scored]) -> dict[str, list[str]]:
    return {query_id: [name for name, _ in found] for query_id, found in scored.items()}


def _size(
    size: int,
    quality: Mapping[str, Quality],
    full: Mapping[str, Quality],
    cutoffs: Mapping[str, Cutoff | None],
) -> Size:
    kept = {
        kind: quality[kind].ndcg_at_10 / full[kind].ndcg_at_10 if full[kind].ndcg_at_10 else 0.0
        for kind in full
    }
    return Size(
        dimensions=size,
        bytes_per_vector=NUMBER_BYTES * size,
        gib_per_million_views=gib_per_million(size),
        quality=quality,
        kept=kept,
        cutoffs=cutoffs,
    )
