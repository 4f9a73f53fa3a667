"""Measures of rankings against graded answers, by ir-measures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.insight import libraries

DEPTH = 10
"""How much of a ranking is looked at."""


@dataclass(frozen=True, slots=True)
class Quality:
    """Means over queries, each 0..1.

    Recall counts the best answers only (those of the query's highest grade): how many of them are
    among the first k, of all there are or of k if there are more. nDCG counts every grade, with
    gain 2^grade - 1.
    """

    queries: int
    recall_at_1: float
    recall_at_10: float
    ndcg_at_10: float


def measure(
    rankings: Mapping[str, Sequence[str]], grades: Mapping[str, Mapping[str, int]]
) -> Quality:
    """Judge the ten first document ids of each query, best first, of queries that have answers.

    Raises SettingsError when ir-measures is not installed.
    """
    measures = libraries.rankings()
    asked = {query_id: grades[query_id] for query_id in rankings if grades.get(query_id)}
    if not asked:
        raise ValueError("no query has answers")
    run = {
        query_id: {name: float(-place) for place, name in enumerate(rankings[query_id][:DEPTH])}
        for query_id in asked
    }
    best = {
        query_id: {name: 1 for name, grade in answers.items() if grade == max(answers.values())}
        for query_id, answers in asked.items()
    }
    recalls = [_capped_recall(measures, best, run, k=k) for k in (1, DEPTH)]
    gains = {grade: 2**grade - 1 for answers in asked.values() for grade in answers.values()}
    ndcg = measures.nDCG(gains=gains) @ DEPTH
    return Quality(
        queries=len(asked),
        recall_at_1=recalls[0],
        recall_at_10=recalls[1],
        ndcg_at_10=_mean(measures, ndcg, asked, run),
    )


def _capped_recall(
    measures: Any,
    best: Mapping[str, Mapping[str, int]],
    run: Mapping[str, Mapping[str, float]],
    *,
    k: int,
) -> float:
    # Found of all, or found of k: the larger share is that of the smaller whole.
    values: dict[str, float] = {}
    for measure in (measures.R @ k, measures.P @ k):
        for one in measures.iter_calc([measure], best, run):
            values[one.query_id] = max(values.get(one.query_id, 0.0), one.value)
    return sum(values.values()) / len(best)


def _mean(
    measures: Any,
    measure: Any,
    grades: Mapping[str, Mapping[str, int]],
    run: Mapping[str, Mapping[str, float]],
) -> float:
    values = [one.value for one in measures.iter_calc([measure], grades, run)]
    return float(sum(values) / len(grades))
