"""The judged queries of a comparison with their per-query measures, and the ways to group them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.core.errors import InputError
from services.core.types.evaluations import Answered, JudgedQuery
from services.insight.evaluation import measures
from services.insight.evaluation.measures import HIGHEST_GRADE, Values
from services.insight.evaluation.report import BY_ALL, BY_CATEGORY, BY_KIND
from services.insight.evaluation.significance import Units

LEAST_OF_A_CATEGORY: Final = 5
MOST_CATEGORIES: Final = 40
Answers = Mapping[str, Mapping[str, Answered]]
"""What each configuration answered, by configuration and query id."""


@dataclass(frozen=True, slots=True)
class Group:
    """Some queries: `rows` of the sheet."""

    by: str
    name: str
    rows: NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One row per judged query, in the order of their ids.

    `values` maps each configuration, the control first, to its measures `[queries, measures]`.
    """

    queries: tuple[JudgedQuery, ...]
    answers: Answers
    names: tuple[str, ...]
    values: Mapping[str, Values]
    units: Units
    k: int
    depth: int
    seed: int

    @property
    def grades(self) -> dict[str, dict[str, int]]:
        """Of each query, in the order of the rows."""
        return {query.id: dict(query.grades) for query in self.queries}

    def main(self, configuration: str) -> NDArray[np.float64]:
        """The main measure of each query."""
        column: NDArray[np.float64] = self.values[configuration][:, 0]
        return column


def fill(
    queries: Mapping[str, JudgedQuery],
    answers: Answers,
    *,
    control: str,
    k: int,
    depth: int,
    seed: int,
) -> Sheet:
    """Judge every answer. A query that a configuration did not answer is worth 0 to it.

    Raises InputError for a depth below 1, an unknown control, and without a judged query.
    """
    _check(queries, answers, control=control, k=k, depth=depth)
    judged = tuple(queries[name] for name in sorted(queries) if queries[name].grades)
    grades = {query.id: dict(query.grades) for query in judged}
    k = min(k, depth)
    order = [control, *(name for name in answers if name != control)]
    return Sheet(
        queries=judged,
        answers={name: answers[name] for name in order},
        names=measures.names(k=k, depth=depth),
        values={
            name: measures.judge(rankings(answers[name]), grades, k=k, depth=depth)
            for name in order
        },
        units=Units.named([root(query, queries) for query in judged]),
        k=k,
        depth=depth,
        seed=seed,
    )


def rankings(answered: Mapping[str, Answered]) -> dict[str, tuple[str, ...]]:
    """The documents of each query in their order."""
    return {query_id: one.documents for query_id, one in answered.items()}


def root(query: JudgedQuery, queries: Mapping[str, JudgedQuery]) -> str:
    """The id of the query that this one says in other words, through any number of rewordings.

    A circle of rewordings is one wish as well: its least id.
    """
    seen = [query.id]
    while query.paraphrase_of is not None:
        if query.paraphrase_of in seen:
            return min(seen[seen.index(query.paraphrase_of) :])
        seen.append(query.paraphrase_of)
        if query.paraphrase_of not in queries:
            break
        query = queries[query.paraphrase_of]
    return seen[-1]


def everything(sheet: Sheet) -> Group:
    """All queries."""
    return Group(BY_ALL, BY_ALL, np.arange(len(sheet.queries)))


def kinds(sheet: Sheet) -> list[Group]:
    """The queries of each kind, most first."""
    return _groups(BY_KIND, [query.kind for query in sheet.queries])


def categories(sheet: Sheet) -> list[Group]:
    """The queries of each category with five and more, most first; at most forty categories."""
    found = _groups(BY_CATEGORY, [query.category for query in sheet.queries])
    return [one for one in found if len(one.rows) >= LEAST_OF_A_CATEGORY][:MOST_CATEGORIES]


def _groups(by: str, names: list[str | None]) -> list[Group]:
    counted = Counter(name for name in names if name is not None)
    ordered = sorted(counted, key=lambda name: (-counted[name], name))
    every = np.array(names, dtype=object)
    return [Group(by, name, np.flatnonzero(every == name)) for name in ordered]


def _check(
    queries: Mapping[str, JudgedQuery], answers: Answers, *, control: str, k: int, depth: int
) -> None:
    if k < 1 or depth < 1:
        raise InputError.at("depth", "depth and k must be at least 1")
    if control not in answers:
        raise InputError.at("control", f"{control} is none of the configurations measured")
    if not any(query.grades for query in queries.values()):
        raise InputError.at("queries", "none has a graded answer, so nothing can be measured")
    for query in queries.values():
        if not all(1 <= grade <= HIGHEST_GRADE for grade in query.grades.values()):
            raise InputError.at("grades", f"those of {query.id} must be 1 to {HIGHEST_GRADE}")
