"""The probe set: judged queries that an index is asked at its times, as any caller would ask them.

Measured here and not by ir-measures, which no worker has installed; a test compares the two.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from statistics import fmean
from time import monotonic
from typing import Final

from services.core.errors import MargayError, NotFound
from services.core.ports import Ports
from services.core.queue import names
from services.core.types.configurations import Configuration
from services.core.types.evaluations import Answered, JudgedQuery, QuerySetInfo
from services.core.types.populations import QualityProbe
from services.insight.evaluation.asking import JudgedSearch

logger: Final = logging.getLogger(__name__)

DEPTH: Final = 10
MOST: Final = 200
"""Queries of a set that are asked: its first ones, so that each probe asks the same."""
PATIENCE_S: Final = 60.0
"""A probe that takes longer is given up: half of its queries would be another probe set."""
_PAGE: Final = 100
_AS_IT_IS: Final = Configuration("")


def send_due(ports: Ports) -> None:
    """Have each probe set asked whose last answers are old enough; one message too many is none."""
    due = _due(ports)
    if due:
        with ports.database.work() as work:
            for name in due:
                work.enqueue(names.INSIGHT_PROBE, query_set=name)


def run(ports: Ports, search: JudgedSearch, query_set: str) -> None:
    """Ask a probe set, if it is still time; what does not answer is left alone."""
    try:
        with ports.locks.trying(f"quality:{query_set}") as mine:
            if mine and query_set in _due(ports):
                _probe(ports, query_set, search)
    except MargayError as error:
        # Down, or deleted meanwhile: the next sweep tries again.
        logger.warning("watch.probe_set %s: %s", query_set, error)


def measure(ports: Ports, name: str, search: JudgedSearch) -> QualityProbe | None:
    """Ask all queries of the set; None when they took too long.

    Raises NotFound for a set that is not there or has no judged query, and what asking raises.
    """
    begun = monotonic()
    with ports.database.read() as work:
        info = work.query_sets.get(name)
        queries = list(_queries(work.query_sets.queries, info))
    if not queries:
        raise NotFound(f"query set {name!r} has no query with an answer")
    answers: list[Answered] = []
    for query in queries:
        if ports.stopping() or monotonic() - begun > PATIENCE_S:
            return None
        answers.append(search.answer(query, _AS_IT_IS, index=info.index, depth=DEPTH))
    return QualityProbe(
        index=info.index,
        query_set=name,
        measures=_measures(queries, answers),
        queries=len(queries),
        took_s=monotonic() - begun,
        at=ports.clock(),
    )


def recall(found: Sequence[str], grades: Mapping[str, int]) -> float:
    """How many of the best answers are among the first ten, of all there are or of ten."""
    best = {name for name, grade in grades.items() if grade == max(grades.values())}
    return len(best & set(found[:DEPTH])) / min(len(best), DEPTH)


def ndcg(found: Sequence[str], grades: Mapping[str, int]) -> float:
    """Discounted gain of the first ten, of the best there could be; a grade gains 2^grade - 1."""
    most = sorted((2**grade - 1 for grade in grades.values()), reverse=True)[:DEPTH]
    got = [2 ** grades.get(name, 0) - 1 for name in found[:DEPTH]]
    return _discounted(got) / _discounted(most)


def _due(ports: Ports) -> list[str]:
    settings = ports.settings.watch
    if not settings.probe_sets or settings.probe_every_s == 0:
        return []
    with ports.database.read() as work:
        last = {probe.query_set: probe.at for probe in work.populations.quality_probes()}
    before = ports.clock() - timedelta(seconds=settings.probe_every_s)
    return [name for name in settings.probe_sets if name not in last or last[name] <= before]


def _probe(ports: Ports, name: str, search: JudgedSearch) -> None:
    probe = measure(ports, name, search)
    if probe is None:
        logger.warning("watch.probe_set %s: it takes more than %.0f s", name, PATIENCE_S)
        return
    with ports.database.work() as work:
        work.populations.put_quality_probe(probe)


def _queries(page: Callable[..., list[JudgedQuery]], info: QuerySetInfo) -> Iterator[JudgedQuery]:
    after: str | None = None
    left = MOST
    while left > 0:
        some = page(info.name, after=after, limit=min(_PAGE, left))
        if not some:
            return
        after = some[-1].id
        left -= len(some)
        yield from (each for each in some if each.grades)


def _measures(queries: Sequence[JudgedQuery], answers: Sequence[Answered]) -> dict[str, float]:
    asked = list(zip(queries, answers, strict=True))
    times_s = sorted(answer.took_ms / 1000 for answer in answers)
    return {
        "recall@10": fmean(recall(answer.documents, query.grades) for query, answer in asked),
        "ndcg@10": fmean(ndcg(answer.documents, query.grades) for query, answer in asked),
        "latency_p50_s": _percentile(times_s, 0.5),
        "latency_p95_s": _percentile(times_s, 0.95),
    }


def _discounted(gains: Sequence[int]) -> float:
    return sum(gain / math.log2(place + 2) for place, gain in enumerate(gains))


def _percentile(ordered: Sequence[float], share: float) -> float:
    return ordered[math.ceil(share * len(ordered)) - 1]
