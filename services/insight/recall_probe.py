"""How much of what is nearest a search by vector still finds: measured on a few stored views.

A small index is scored exactly. In a larger one reading every vector would cost more than all its
searches, so there the same graph is asked to look much further; what both miss is not seen.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from time import monotonic
from typing import Final

import numpy as np

from services.core.errors import MargayError
from services.core.ports import Ports
from services.core.types.figures import RecallProbe, Reference
from services.core.types.indexes import Collection, Index
from services.core.types.search import ViewHit
from services.core.types.vectors import Modality, Vector

logger: Final = logging.getLogger(__name__)

K: Final = 10
QUERIES: Final = 16
EXACT_VIEWS: Final = 5_000
"""Up to so many views all vectors are read: a second in Milvus Lite on a busy machine."""
WIDE: Final = 1_000
"""How far a search looks that stands in for exact scoring; a usual one looks at 128."""
FEWEST: Final = 4
PATIENCE_S: Final = 5.0
"""After so long a probe makes do with the queries it has, if they are not too few."""
_ROUNDING: Final = 1e-5
_TURN: Final = (math.sqrt(5) - 1) / 2
"""Turns of a circle by it never meet: each probe takes views that the last ones did not."""


Nearest = Callable[[str, Vector], list[float]]
"""Scores of the K views nearest to a view and its vector, itself left out, best first."""


def run(ports: Ports) -> None:
    """Probe each index whose last probe is old enough; what cannot be probed now is left alone."""
    every = ports.settings.search.recall_probe_every_s
    if every == 0:
        return
    with ports.database.read() as work:
        indexes = work.indexes.all()
        last = {probe.index: probe for probe in work.figures.recall_probes()}
    for index in indexes:
        if ports.yielding():
            return
        if _due(ports, index, last.get(index.name), every=every):
            _probe(ports, index, every=every)


def measure(ports: Ports, collection: Collection, *, shift: float = 0.0) -> RecallProbe | None:
    """Hold the usual search against a better one; None where there is nothing to compare.

    `shift` (0 to 1) chooses the views that are searched with. Raises IndexDown.
    """
    begun = monotonic()
    with ports.database.read() as work:
        sample = work.figures.sample_views(collection.index, count=QUERIES, shift=shift)
    queries = ports.vectors.vectors(collection, sample)
    if not queries:
        return None
    counts = ports.vectors.stats(collection).views
    views = sum(counts.values())
    exact = views <= EXACT_VIEWS
    nearest = _exact(ports, collection) if exact else partial(_wide, ports, collection)
    recalls: list[float] = []
    for view_id, vector in queries.items():
        if ports.stopping() or (len(recalls) >= FEWEST and monotonic() - begun > PATIENCE_S):
            break
        best = nearest(view_id, vector)
        if best:
            hits = _search(ports, collection, vector, view_id, limit=K)
            recalls.append(_found(hits, best))
    if not recalls:
        return None
    return RecallProbe(
        index=collection.index,
        generation=collection.generation,
        recall=sum(recalls) / len(recalls),
        reference=Reference.EXACT if exact else Reference.WIDE,
        queries=len(recalls),
        views=views,
        took_s=monotonic() - begun,
        at=ports.clock(),
    )


def _due(ports: Ports, index: Index, last: RecallProbe | None, *, every: float) -> bool:
    if last is None or last.generation != index.generation:
        return True
    return ports.clock() - last.at >= timedelta(seconds=every)


def _probe(ports: Ports, index: Index, *, every: float) -> None:
    shift = (ports.clock().timestamp() // every) * _TURN % 1
    try:
        with ports.locks.trying(f"probe:{index.name}") as mine:
            if not mine:
                return
            probe = measure(ports, index.serving(), shift=shift)
            if probe is not None:
                with ports.database.work() as work:
                    work.figures.put_recall_probe(probe)
    except MargayError as error:
        # Down, or deleted meanwhile: the next sweep tries again, and nothing else waits for it.
        logger.warning("probe.index %s: %s", index.name, error)


def _exact(ports: Ports, collection: Collection) -> Nearest:
    stored = ports.vectors.vectors(collection, list(ports.vectors.view_ids(collection)))
    places = {view_id: place for place, view_id in enumerate(stored)}
    dimensions = collection.settings.dimensions
    matrix = np.array(list(stored.values()), dtype=np.float32).reshape(-1, dimensions)

    def nearest(view_id: str, vector: Vector) -> list[float]:
        scores = matrix @ vector
        others = np.delete(scores, places[view_id]) if view_id in places else scores
        return [float(score) for score in np.sort(others)[::-1][:K]]

    return nearest


def _wide(ports: Ports, collection: Collection, view_id: str, vector: Vector) -> list[float]:
    return [hit.score for hit in _search(ports, collection, vector, view_id, limit=WIDE)[:K]]


def _search(
    ports: Ports, collection: Collection, vector: Vector, view_id: str, *, limit: int
) -> list[ViewHit]:
    """The nearest other views, as every search finds them."""
    hits = ports.vectors.search(collection, vector, modalities=tuple(Modality), limit=limit + 1)
    return [hit for hit in hits if hit.view_id != view_id][:limit]


def _found(hits: Sequence[ViewHit], best: Sequence[float]) -> float:
    """Part of the best that was found. By score: of views that are equally near any will do."""
    right = sum(hit.score >= best[-1] - _ROUNDING for hit in hits)
    return min(right, len(best)) / len(best)
