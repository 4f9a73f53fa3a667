"""What reranking costs besides the model's own time, each beside a floor in the same run."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import Any

from PIL import Image

from benchmarks.rerank_shop import Shop
from services.core.types.rerank import SignalsSpec, StageSpec, VlmSpec
from services.insight.query_set import Query
from services.search.rerank.rerankers import Rerankers
from services.search.rerank.stage import Status
from services.search.rerank.vlm import grid, guardrails

GRID_MS, GUARDRAIL_MS = 15.0, 0.2
SHOWN = 9


@dataclass(frozen=True, slots=True)
class Cost:
    """Medians in milliseconds; `limit_ms` is the bar, if there is one."""

    name: str
    ours_ms: float
    floor: str
    floor_ms: float
    limit_ms: float | None = None

    @property
    def met(self) -> bool:
        return self.limit_ms is None or self.ours_ms <= self.limit_ms


class Instant:
    """A vision model that answers at once, always the same."""

    name = "instant"

    def problem(self) -> str | None:
        """See VisionModel.problem."""
        return None

    def ask(
        self,
        picture: bytes,
        *,
        instructions: str,
        data: str,
        schema: Mapping[str, Any] | None,
        max_tokens: int,
        timeout_s: float,
    ) -> str:
        """See VisionModel.ask."""
        del picture, instructions, data, max_tokens, timeout_s
        return "A picture." if schema is None else clean_answer()


def clean_answer() -> str:
    return json.dumps({"ranking": [3, 1, 2, 5, 4, 7, 6, 9, 8], "reason": "It fits the words."})


def measure(shop: Shop, *, queries: Sequence[Query], rounds: int = 60) -> list[Cost]:
    """Composition, guardrails, and the stages within whole searches."""
    pictures = list(shop.thumbnails().values())
    return [
        *_grid(pictures, rounds),
        *_guardrails(rounds * 20),
        *_stages(shop, queries),
    ]


def _grid(pictures: Sequence[bytes], rounds: int) -> list[Cost]:
    shown = [pictures[(7 * at) % len(pictures)] for at in range(SHOWN)]
    costs = []
    with ThreadPoolExecutor(4) as pool:  # as the stage does
        for name, query in (("nine cells", None), ("nine cells and a query", pictures[0])):
            floor_pictures = shown if query is None else [query, *shown]
            ours, floor = _alternate(
                partial(_composed, query, shown, pool), partial(bare_grid, floor_pictures), rounds
            )
            limit = GRID_MS if query is None else None
            costs.append(Cost(f"grid, {name}", ours, "decode, shrink, encode", floor, limit))
        # On a busy machine the wall's time says little about what we add.
        ours, floor = _alternate(
            partial(_composed, None, shown, pool), partial(bare_grid, shown), rounds,
            clock=time.process_time,
        )  # fmt: skip
        costs.append(Cost("  nine cells, processor's time", ours, "the same", floor))
        fitted = grid.fit(None, shown)
        again, floor = _alternate(
            partial(fitted.compose, range(SHOWN)[::-1]), partial(bare_grid, shown), rounds
        )
    return [*costs, Cost("grid, for the second look", again, "decode, shrink, encode", floor)]


def _composed(query: bytes | None, shown: Sequence[bytes], pool: Executor) -> bytes:
    return grid.fit(query, shown, pool=pool).compose(range(len(shown)))


def bare_grid(pictures: Sequence[bytes]) -> bytes:
    """Decode, scale and encode as many pixels, without marks, frames and checks."""
    canvas = Image.new("RGB", (300 * len(pictures), 300))
    for place, picture in enumerate(pictures):
        opened = Image.open(io.BytesIO(picture)).convert("RGB")
        canvas.paste(opened.resize((300, 300), Image.Resampling.BILINEAR), (300 * place, 0))
    file = io.BytesIO()
    canvas.save(file, "JPEG", quality=85)
    return file.getvalue()


def _guardrails(rounds: int) -> list[Cost]:
    answers = {
        "a clean answer": clean_answer(),
        "prose with eight of nine": "Sure! Ranked list: [7, 8, 5, 3, 2, 4, 1, 6] Reasons: fur.",
        "the longest that is read": clean_answer() + "blah " * guardrails.MAX_CHARACTERS,
        "the longest, spiteful": '{"a":' * guardrails.MAX_CHARACTERS,
    }
    costs = []
    for name, answer in answers.items():
        ours, floor = _alternate(
            partial(guardrails.read, answer, count=SHOWN),
            partial(json.loads, clean_answer()),
            rounds,
        )
        limit = None if "spiteful" in name else GUARDRAIL_MS
        costs.append(Cost(f"guardrails, {name}", ours, "json.loads", floor, limit))
    return costs


def _stages(shop: Shop, queries: Sequence[Query]) -> list[Cost]:
    """Whole searches with each stage beside searches for as many hits without, alternating."""
    signals = SignalsSpec(weights={"popularity": 2, "margin": 1, "stock": 1, "recency": 1})
    costs = []
    for name, stage in (
        ("signals", signals),
        ("vlm, one look", VlmSpec(passes=1)),
        ("vlm, two looks", VlmSpec(passes=2)),
    ):
        costs += _stage(shop, queries, stage, name)
    return costs


def _stage(shop: Shop, queries: Sequence[Query], stage: StageSpec, name: str) -> list[Cost]:
    rerankers = Rerankers(vision=Instant())
    costs = []
    asked = ("first time", "again") if isinstance(stage, VlmSpec) else ("",)
    for turn in asked:
        ours, floor, reported = [], [], []
        for query in queries:
            floor.append(_milliseconds(partial(shop.search, query, limit=max(10, stage.top))))
            begun = time.perf_counter()
            answer = shop.search(query, stage, rerankers=rerankers)
            ours.append((time.perf_counter() - begun) * 1000)
            if answer.rerank[0].status is not Status.APPLIED:
                raise RuntimeError(f"{name}: {answer.rerank[0]}")
            reported.append(answer.timings_ms["rerank"])
        label = f"search with {name}, {turn}" if turn else f"search with {name}"
        costs.append(Cost(label, median(ours), "as many hits without", median(floor)))
        costs.append(Cost("  of it timings_ms.rerank", median(reported), "", 0.0))
    rerankers.close()
    return costs


def _alternate(
    ours: Callable[[], object],
    floor: Callable[[], object],
    rounds: int,
    *,
    clock: Callable[[], float] = time.perf_counter,
) -> tuple[float, float]:
    ours_ms, floor_ms = [], []
    for _ in range(rounds):
        ours_ms.append(_milliseconds(ours, clock))
        floor_ms.append(_milliseconds(floor, clock))
    return median(ours_ms), median(floor_ms)


def _milliseconds(
    do: Callable[[], object], clock: Callable[[], float] = time.perf_counter
) -> float:
    begun = clock()
    do()
    return (clock() - begun) * 1000
