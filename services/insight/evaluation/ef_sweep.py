"""How much of the exact nearest views a graph finds, by how far it is told to look (`ef`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import perf_counter
from typing import Any, Final

import numpy as np

from services.core.ports import Ports
from services.core.types.evaluations import JudgedQuery
from services.core.types.indexes import Collection
from services.core.types.vectors import Modality, Vector
from services.insight.evaluation import asked_vectors, held_views, significance
from services.insight.evaluation.asking import JudgedSearch
from services.insight.evaluation.held_views import Held
from services.insight.evaluation.plan import Extra
from services.insight.evaluation.report_curves import RecallPoint
from services.insight.evaluation.significance import Units

K: Final = 10
EFS: Final = (16, 32, 64, 128, 256, 512)
MOST_QUERIES: Final = 200
SEED: Final = 1
_ROUNDING: Final = 1e-5
"""Of views that are equally near, any will do."""


def measure(
    ports: Ports, search: JudgedSearch, extra: Extra, queries: Sequence[JudgedQuery]
) -> list[dict[str, Any]]:
    """A row per `ef`: recall of each query and its milliseconds; none for an index too large.

    Raises IndexDown, EmbedderDown.
    """
    with ports.database.read() as work:
        collection = work.indexes.get(extra.index).serving()
    held = held_views.read(ports, collection)
    if held is None or not len(held.matrix):
        return []
    asked = asked_vectors.of(search, queries, index=extra.index, most=MOST_QUERIES)
    nearest = [_worst_of_best(held, vector) for _, vector in asked]
    rows = []
    for ef in EFS:
        found = [
            _recall(ports, collection, vector, best, ef=ef)
            for (_, vector), best in zip(asked, nearest, strict=True)
        ]
        rows.append(
            {
                "ef": ef,
                "queries": [query.id for query, _ in asked],
                "recall": [recall for recall, _ in found],
                "took_ms": [took_ms for _, took_ms in found],
            }
        )
    return rows if asked else []


def points(index: str, rows: Sequence[Mapping[str, Any]]) -> tuple[RecallPoint, ...]:
    """What `measure` found, with intervals. Raises SettingsError without what they need."""
    return tuple(
        RecallPoint(
            index=index,
            ef=row["ef"],
            k=K,
            recall=significance.estimate(
                np.array(row["recall"], dtype=np.float64), Units.named(row["queries"]), seed=SEED
            ),
            p50_ms=float(np.percentile(row["took_ms"], 50)),
            p95_ms=float(np.percentile(row["took_ms"], 95)),
        )
        for row in rows
    )


def _worst_of_best(held: Held, vector: Vector) -> tuple[float, int]:
    """The similarity of the last of the K nearest views, and how many there are."""
    best = np.sort(held.matrix @ vector)[::-1][:K]
    return float(best[-1]), len(best)


def _recall(
    ports: Ports, collection: Collection, vector: Vector, best: tuple[float, int], *, ef: int
) -> tuple[float, float]:
    least, count = best
    begun = perf_counter()
    hits = ports.vectors.search(collection, vector, modalities=tuple(Modality), limit=K, ef=ef)
    took_ms = (perf_counter() - begun) * 1000
    right = sum(hit.score >= least - _ROUNDING for hit in hits)
    return min(right, count) / count, took_ms
