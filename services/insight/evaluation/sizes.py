"""What shorter vectors of an index would cost: its own, cut to each size, and ranked exactly.

Kusupati et al., Matryoshka Representation Learning (2022): a prefix of a vector, normalised again,
is the vector of that size, where the model was trained for it. A view that is the mean of words and
picture is cut here after the mean was taken, which an index of that size takes of cut vectors:
`matryoshka.report` measures that, from the contents.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from time import perf_counter
from typing import Any, Final

import numpy as np

from services.core.ports import Ports
from services.core.types.evaluations import JudgedQuery
from services.core.types.vectors import Modality, Vector
from services.core.vectors import truncate
from services.insight.evaluation import asked_vectors, held_views, measures, significance
from services.insight.evaluation.asking import JudgedSearch
from services.insight.evaluation.held_views import Held
from services.insight.evaluation.plan import Extra
from services.insight.evaluation.report_curves import SizePoint
from services.insight.evaluation.significance import Units

K: Final = 10
MOST_QUERIES: Final = 2_000
SEED: Final = 1
NUMBER_BYTES: Final = 4
TURNS: Final = 3
"""Of which the quickest counts: how long others kept the processor says nothing of a size."""


def measure(
    ports: Ports, search: JudgedSearch, extra: Extra, queries: Sequence[JudgedQuery]
) -> list[dict[str, Any]]:
    """A row per size: the ten nearest documents of each query, and the milliseconds it took.

    None for an index too large to be ranked exactly. Raises IndexDown, EmbedderDown.
    """
    with ports.database.read() as work:
        index = work.indexes.get(extra.index)
    target = extra.configuration.target
    modalities = tuple(Modality) if target in (None, "any") else (Modality(str(target)),)
    held = held_views.read(ports, index.serving(), modalities=modalities)
    if held is None or not len(held.matrix):
        return []
    judged = [query for query in queries if any(grade > 0 for grade in query.grades.values())]
    asked = asked_vectors.of(search, judged, index=extra.index, most=MOST_QUERIES)
    full = index.settings.dimensions
    offered = ports.embedder.info(index.settings.embedder).dimensions
    wanted = sorted({full, *(each for each in offered if each < full)}, reverse=True)
    cut = {size: replace(held, matrix=truncate(held.matrix, size)) for size in wanted}
    ranked: dict[int, list[tuple[list[str], float]]] = {size: [] for size in wanted}
    for _, vector in asked:
        # All sizes for one query, then the next: what slows the machine slows all of them.
        for size in wanted:
            ranked[size].append(_ranked(cut[size], truncate(vector, size)))
    if not asked:
        return []
    return [
        {
            "size": size,
            "queries": [query.id for query, _ in asked],
            "found": [found for found, _ in ranked[size]],
            "took_ms": [took_ms for _, took_ms in ranked[size]],
        }
        for size in wanted
    ]


def _ranked(held: Held, vector: Vector) -> tuple[list[str], float]:
    """The nearest documents, and the milliseconds of the quickest of some turns."""
    quickest = float("inf")
    for _ in range(TURNS):
        begun = perf_counter()
        found = held.best(vector, depth=K)
        quickest = min(quickest, (perf_counter() - begun) * 1000)
    return found, quickest


def points(
    configuration: str,
    rows: Sequence[Mapping[str, Any]],
    queries: Mapping[str, JudgedQuery],
) -> tuple[SizePoint, ...]:
    """What `measure` found, judged: for all queries, then by kind where there are several.

    `queries` hold grades above 0 only. Raises SettingsError without what measuring needs.
    """
    made = []
    for row in rows:
        asked = [name for name in row["queries"] if name in queries]
        kinds = sorted({queries[name].kind for name in asked})
        groups = {"all": asked}
        if len(kinds) > 1:
            groups |= {
                kind: [name for name in asked if queries[name].kind == kind] for kind in kinds
            }
        rankings = dict(zip(row["queries"], row["found"], strict=True))
        for kind, names in groups.items():
            grades = {name: dict(queries[name].grades) for name in names}
            values = measures.main_values(rankings, grades, k=K)
            made.append(
                SizePoint(
                    configuration=configuration,
                    kind=kind,
                    dimensions=row["size"],
                    bytes_per_vector=NUMBER_BYTES * row["size"],
                    quality=significance.estimate(values, Units.named(names), seed=SEED),
                    p50_ms=float(np.percentile(row["took_ms"], 50)) if kind == "all" else None,
                    p95_ms=float(np.percentile(row["took_ms"], 95)) if kind == "all" else None,
                )
            )
    return tuple(made)
