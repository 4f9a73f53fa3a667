"""What each variant makes of judged queries: nDCG@10, the guardrail of quality."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Final

from services.core.errors import Conflict, InputError, NotFound
from services.core.ports import Ports
from services.core.types.configurations import Configuration
from services.core.types.evaluations import JudgedQuery
from services.core.types.experiments import Experiment
from services.insight.evaluation import measures
from services.insight.evaluation.asking import JudgedSearch

DEPTH: Final = 10
MOST_QUERIES: Final = 300
"""Of a query set, the first: a report is made every hour."""
PATIENCE_S: Final = 120.0
"""Of the worker that asks them: after so long a report makes do with the queries it has."""


class Stopping(Exception):
    """The process is to end; the report will be made by another."""


def ndcg_of(
    experiment: Experiment,
    ports: Ports,
    search: JudgedSearch,
    *,
    clock: Callable[[], float] = monotonic,
) -> Mapping[str, Mapping[str, float]]:
    """By variant, then by query id, 0..1; empty without a query set, or where it is gone.

    A query that cannot be asked by a variant is left out of that one. Raises Unavailable's family
    while a part is away, SettingsError without ir-measures, NotFound for a configuration that is
    gone, Stopping.
    """
    if experiment.query_set is None:
        return {}
    try:
        with ports.database.read() as work:
            queries = work.query_sets.queries(experiment.query_set, after=None, limit=MOST_QUERIES)
    except NotFound:
        return {}
    queries = [query for query in queries if any(query.grades.values())]
    grades = {query.id: query.grades for query in queries}
    until = clock() + PATIENCE_S
    found: dict[str, dict[str, float]] = {}
    ranked = _ranked(queries, experiment, ports, search, in_time=lambda: clock() < until)
    for variant, answers in ranked.items():
        asked = {query: grades[query] for query in answers}
        values = measures.main_values(answers, asked, k=DEPTH)
        found[variant] = dict(zip(asked, map(float, values), strict=True))
    return found


def _ranked(
    queries: list[JudgedQuery],
    experiment: Experiment,
    ports: Ports,
    search: JudgedSearch,
    *,
    in_time: Callable[[], bool],
) -> Mapping[str, dict[str, tuple[str, ...]]]:
    """Query by query, of all variants: where time runs out, they were asked the same."""
    variants = {
        each.name: _configuration(each.configuration, ports) for each in experiment.variants
    }
    ranked: defaultdict[str, dict[str, tuple[str, ...]]] = defaultdict(dict)
    for query in queries:
        if not in_time():
            break
        for name, configuration in variants.items():
            if ports.stopping():
                raise Stopping
            try:
                answer = search.answer(query, configuration, index=experiment.index, depth=DEPTH)
            except (NotFound, Conflict):
                raise  # of the index: no other query would be answered either
            except InputError:
                continue
            ranked[name][query.id] = answer.documents
    return ranked


def _configuration(name: str | None, ports: Ports) -> Configuration:
    """The saved one; without a name, one that chooses nothing."""
    if name is None:
        return Configuration("none")
    with ports.database.read() as work:
        return work.configurations.get(name)
