"""What each answer is worth to each query, in every measure, by ir-measures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from services.insight import libraries

Values: TypeAlias = NDArray[np.float64]
"""`[queries, measures]`, each 0..1."""
HIGHEST_GRADE: Final = 20
"""A gain is 2^grade - 1; above this, one answer would be worth a million of the next."""


def main(k: int) -> str:
    """The measure that decides: graded, and of what a person sees."""
    return f"ndcg@{k}"


def names(*, k: int, depth: int) -> tuple[str, ...]:
    """The measures for pages of `k` of answers `depth` deep, the main one first.

    Precision, recall and the hit rate count answers whatever their grade; MRR and MAP look at the
    whole depth; nDCG counts every grade with the gain 2^grade - 1.
    """
    every = (
        main(k),
        f"mrr@{depth}",
        f"map@{depth}",
        "precision@1",
        f"precision@{k}",
        f"recall@{k}",
        f"recall@{depth}",
        f"hit@{k}",
    )
    return tuple(dict.fromkeys(every))


def judge(
    rankings: Mapping[str, Sequence[str]],
    grades: Mapping[str, Mapping[str, int]],
    *,
    k: int,
    depth: int,
) -> Values:
    """The measures `names` of each query of `grades`, in its order; what has no ranking gets 0.

    `rankings` maps query id to document ids, best first, of which `depth` are looked at. Every
    query needs an answer, a document with a grade of 1..20. Raises SettingsError without
    ir-measures.
    """
    return _values(rankings, grades, names(k=k, depth=depth), depth=depth)


def main_values(
    rankings: Mapping[str, Sequence[str]], grades: Mapping[str, Mapping[str, int]], *, k: int
) -> NDArray[np.float64]:
    """The main measure alone, `[queries]`."""
    return _values(rankings, grades, (main(k),), depth=k)[:, 0]


def _values(
    rankings: Mapping[str, Sequence[str]],
    grades: Mapping[str, Mapping[str, int]],
    wanted: Sequence[str],
    *,
    depth: int,
) -> Values:
    rows = {query_id: row for row, query_id in enumerate(grades)}
    run = {
        query_id: _scored(rankings[query_id], depth=depth)
        for query_id in grades
        if rankings.get(query_id)
    }
    values = np.zeros((len(rows), len(wanted)))
    if not run:
        return values
    judged = {query_id: dict(grades[query_id]) for query_id in run}
    for column, name in enumerate(wanted):
        # One at a time: telling measures apart in each result takes longer than measuring.
        for one in libraries.rankings().iter_calc([_measure(name, grades)], judged, run):
            values[rows[one.query_id], column] = one.value
    return values


def _scored(documents: Sequence[str], *, depth: int) -> dict[str, float]:
    # The measures sort by score: places as scores keep the order, equal ones or not.
    unique = list(dict.fromkeys(documents))[:depth]
    return {name: float(len(unique) - place) for place, name in enumerate(unique)}


def _measure(name: str, grades: Mapping[str, Mapping[str, int]]) -> Any:
    library = libraries.rankings()
    family, cut = name.split("@")
    if family == "ndcg":
        every = {grade for answers in grades.values() for grade in answers.values()}
        return library.nDCG(gains={grade: 2**grade - 1 for grade in every}) @ int(cut)
    given = {
        "precision": library.P,
        "recall": library.R,
        "hit": library.Success,
        "map": library.AP,
        "mrr": library.RR,
    }
    return given[family] @ int(cut)
