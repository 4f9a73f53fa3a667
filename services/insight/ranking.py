"""Exact rankings: every view is scored, a document counts by its best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from services.core.types.vectors import Modality
from services.insight.embedding import Embedded
from services.insight.metrics import DEPTH

ROWS = 256
"""Queries scored at once: a block of 256 x 100,000 views takes 100 MB."""


def rank(
    embedded: Embedded,
    document_ids: Sequence[str],
    *,
    dimensions: int,
    modalities: Sequence[Modality],
) -> Mapping[str, list[str]]:
    """The ten nearest documents of each query, by query id; equal scores in the documents' order.

    Only views of `modalities` are looked at. `document_ids` are those of the embedded query set.
    """
    found = score(embedded, document_ids, dimensions=dimensions, modalities=modalities, depth=DEPTH)
    return {query_id: [name for name, _ in nearest] for query_id, nearest in found.items()}


def score(
    embedded: Embedded,
    document_ids: Sequence[str],
    *,
    dimensions: int,
    modalities: Sequence[Modality],
    depth: int,
) -> Mapping[str, list[tuple[str, float]]]:
    """The `depth` nearest documents of each query, as `rank` orders them, with similarities."""
    views = [view for view in embedded.views if view.modality in modalities]
    queries = embedded.queries
    if not views or not queries:
        return {}
    matrix = embedded.index_side.vectors([view.keys for view in views], dimensions=dimensions)
    asked = embedded.query_side.vectors([keys for _, keys in queries], dimensions=dimensions)
    places = np.array([view.document for view in views])
    starts = np.flatnonzero(np.diff(places, prepend=-1))  # views come document by document
    owners = places[starts]
    found: dict[str, list[tuple[str, float]]] = {}
    for begin in range(0, len(queries), ROWS):
        scores = np.maximum.reduceat(asked[begin : begin + ROWS] @ matrix.T, starts, axis=1)
        order = np.argsort(-scores, axis=1, kind="stable")[:, :depth]
        for row, (query, _) in enumerate(queries[begin : begin + ROWS]):
            found[query.id] = [
                (document_ids[owners[place]], float(scores[row, place])) for place in order[row]
            ]
    return found
