"""What a cascade with a vision model of known accuracy makes of the first stage's order."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from benchmarks.rerank_oracle import Eyes, Oracle
from benchmarks.rerank_shop import Shop
from services.core.types.rerank import VlmSpec
from services.core.vision.chat_server import ChatServer
from services.insight import metrics
from services.insight.query_set import Query
from services.search.rerank.rerankers import Rerankers
from services.search.rerank.stage import Status
from tests.core.vision.chat_server import serving

ACCURACIES = (1.0, 0.8, 0.0)
BLENDS = (0.0, 0.3, 0.5, 0.7)
PASSES = (2, 1)
TOP = VlmSpec().top


@dataclass(frozen=True, slots=True)
class Cell:
    """Mean nDCG@10 of a cascade, and how much that is above the first stage's.

    `noise` is half of the 95 % interval of that difference, query by query.
    """

    passes: int
    accuracy: float
    blend: float
    ndcg: float
    gain: float
    noise: float


@dataclass(frozen=True, slots=True)
class Quality:
    """`noise` is half of the 95 % interval of the first stage's own mean."""

    queries: int
    first_stage: float
    noise: float
    cells: tuple[Cell, ...]

    def cell(self, *, passes: int, accuracy: float, blend: float) -> Cell:
        wanted = (passes, accuracy, blend)
        return next(
            each for each in self.cells if (each.passes, each.accuracy, each.blend) == wanted
        )


def measure(
    shop: Shop,
    *,
    queries: Sequence[Query],
    accuracies: Sequence[float] = ACCURACIES,
    blends: Sequence[float] = BLENDS,
    advance: Callable[[], None] = lambda: None,
) -> Quality:
    """Search with every query, without a model and then with each kind of model and each blend.

    The model is asked once for each look of a query; its answers are kept, as they are for a
    searcher's second search. Raises RuntimeError when it did not see what it was shown.
    """
    eyes = Eyes(shop.thumbnails())
    first = {query.id: [hit.id for hit in shop.search(query).hits] for query in queries}
    base = [_ndcg(query, first[query.id], shop.asked.grades) for query in queries]
    stages = [VlmSpec(TOP, blend, passes) for passes in PASSES for blend in blends]
    cells = []
    for accuracy in accuracies:
        oracle = Oracle(eyes, shop.asked.grades, accuracy=accuracy)
        scores: dict[VlmSpec, list[float]] = {stage: [] for stage in stages}
        with serving(oracle) as server:
            rerankers = Rerankers(vision=ChatServer(server.url, "oracle"))
            for query in queries:
                oracle.asking = query.id
                oracle.looks.clear()
                for stage in stages:
                    found = _reranked(shop, query, rerankers, stage)
                    scores[stage].append(_ndcg(query, found, shop.asked.grades))
                _check_looks(oracle, first[query.id][:TOP])
                advance()
            rerankers.close()
        cells += [_cell(accuracy, stage, some, base) for stage, some in scores.items()]
    return Quality(len(base), fmean(base), _half_width(base), tuple(cells))


def _check_looks(oracle: Oracle, shown: Sequence[str]) -> None:
    """Numbers and pictures agree: it saw the candidates in their order, and once backwards."""
    if sorted(oracle.looks) != sorted([tuple(shown), tuple(reversed(shown))]):
        raise RuntimeError(f"{oracle.asking}: shown {shown}, seen {oracle.looks}")


def _reranked(shop: Shop, query: Query, rerankers: Rerankers, stage: VlmSpec) -> list[str]:
    answer = shop.search(query, stage, rerankers=rerankers)
    (report,) = answer.rerank
    second = stage.passes == 1 or "looks agree" in (report.detail or "")
    if report.status is not Status.APPLIED or not second:
        raise RuntimeError(f"{query.id}: {report.status}, {report.detail}")
    return [hit.id for hit in answer.hits]


def _cell(accuracy: float, stage: VlmSpec, scores: list[float], base: list[float]) -> Cell:
    gains = [score - before for score, before in zip(scores, base, strict=True)]
    return Cell(
        stage.passes, accuracy, stage.blend, fmean(scores), fmean(gains), _half_width(gains)
    )


def _ndcg(query: Query, found: list[str], grades: Mapping[str, Mapping[str, int]]) -> float:
    return metrics.measure({query.id: found}, grades).ndcg_at_10


def _half_width(values: Sequence[float]) -> float:
    return 1.96 * stdev(values) / math.sqrt(len(values)) if len(values) > 1 else math.inf
