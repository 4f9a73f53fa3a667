"""How soon the watch finds a drift, how often it finds one where none is, and what it costs.

Run it with `python -m benchmarks.watching`; it takes some minutes and prints docs/operations.md's
table. Queries are made of words at random, so that no two samples are the same.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, TypeAlias

import numpy as np

from datasets.sample_catalog.palette import SYNONYMS
from datasets.sample_catalog.queries import FORMS
from datasets.sample_catalog.vocabulary import KIND_NAMES, PATTERN_ADJECTIVES, PATTERN_PHRASES
from models import registry
from models.base import Content, Embedder, Purpose
from services.core.types.populations import Finding, Of, Population, Searched, Signal
from services.core.types.vectors import Matrix
from services.insight.watch import compare, sketch
from services.insight.watch.gathering import Gathering

NOW: Final = datetime(2026, 1, 1, tzinfo=UTC)
BEFORE: Final = 5_000
SAMPLES: Final = (200, 1_000, 5_000)
TURNS: Final = 20
Draw: TypeAlias = Callable[[np.random.Generator, int], Population]
"""Makes a population of so many."""
NULLS: Final = 1_000
_FOOD: Final = (
    *("apples", "oat milk", "rye bread", "butter", "carrots", "yoghurt", "olive oil", "rice"),
    *("pasta", "orange juice", "bananas", "cheese", "eggs", "ham", "salmon", "potatoes", "leeks"),
    *("red onions", "coffee beans", "green tea", "honey", "jam", "crisps", "chocolate", "flour"),
)
_KINDS_OF_FOOD: Final = ("organic", "fresh", "cheap", "gluten free", "a kilo of", "local", "vegan")


def shop_query(rng: random.Random) -> str:
    """What somebody asks the sample catalog."""
    pattern = rng.choice(list(PATTERN_ADJECTIVES))
    return rng.choice(FORMS).format(
        kind=rng.choice(KIND_NAMES[rng.choice(list(KIND_NAMES))]),
        colour=rng.choice(SYNONYMS[rng.choice(list(SYNONYMS))]),
        pattern=rng.choice(PATTERN_ADJECTIVES[pattern]),
        phrase=rng.choice(PATTERN_PHRASES[pattern]),
    )


def food_query(rng: random.Random) -> str:
    """What somebody asks a grocer."""
    amount = rng.choice(("", "for two", "500 g"))
    return f"{rng.choice(_KINDS_OF_FOOD)} {rng.choice(_FOOD)} {amount}"


@dataclass(frozen=True, slots=True)
class Queries:
    """Vectors of any number of queries, drawn from a large pool that is embedded once."""

    pool: Matrix

    @classmethod
    def embedded(cls, embedder: Embedder, make: Callable[[random.Random], str]) -> Queries:
        rng = random.Random(1)
        texts = [make(rng) for _ in range(20_000)]
        rows = [
            embedder.embed([Content(text=text) for text in texts[at : at + 500]], Purpose.QUERY)
            for at in range(0, len(texts), 500)
        ]
        return cls(np.concatenate(rows))

    def draw(self, rng: np.random.Generator, number: int) -> Matrix:
        return self.pool[rng.integers(0, len(self.pool), number)]


def population(
    vectors: Matrix, *, scores: Sequence[float] = (), searches: int = 0, empty: int = 0
) -> Population:
    return Population(
        *("shop", Of.QUERIES, "text", "fp/256", NOW, NOW),
        sketch.of_vectors(vectors),
        sketch.of_scores(scores),
        searches,
        empty,
    )


def finding(before: Population, now: Population, signal: Signal) -> Finding:
    return next(each for each in compare.compare(before, now) if each.signal is signal)


def rotated(vectors: Matrix) -> Matrix:
    """The same geometry in other directions, as another model of the same quality would have it."""
    rng = np.random.default_rng(3)
    turn, _ = np.linalg.qr(rng.standard_normal((vectors.shape[1], vectors.shape[1])))
    turned: Matrix = (vectors @ turn).astype(np.float32)
    return turned


def vectors_now(shop: Queries, food: Queries, share: float) -> Draw:
    """Queries of which so many are another shop's."""

    def make(rng: np.random.Generator, number: int) -> Population:
        others = int(number * share)
        return population(np.concatenate([shop.draw(rng, number - others), food.draw(rng, others)]))

    return make


def scores_now(by: float) -> Draw:
    """Best scores that are lower by so much."""
    return lambda rng, number: population(
        np.zeros((0, 256), dtype=np.float32), scores=list(rng.normal(0.45 - by, 0.1, number))
    )


def empty_now(share: float) -> Draw:
    """Searches of which such a share finds nothing."""
    return lambda rng, number: population(
        np.zeros((0, 256), dtype=np.float32),
        searches=number,
        empty=int(rng.binomial(number, share)),
    )


def row(name: str, signal: Signal, before: Draw, now: Draw) -> None:
    """Say how often it is found, and how large it looks, by how many searches there are."""
    cells = []
    for number in SAMPLES:
        found = []
        for turn in range(TURNS):
            rng = np.random.default_rng([turn, number])
            found.append(finding(before(rng, BEFORE), now(rng, number), signal))
        share = sum(each.drifted for each in found) / TURNS
        cells.append(f"{share:.0%} ({np.median([each.size for each in found]):.2f})")
    print(f"| {name} | {' | '.join(cells)} |", flush=True)


def false_alarms(shop: Queries) -> None:
    """Say how many looks at what has not changed find a drift, and how near the others come."""
    makers = {
        Signal.VECTORS: vectors_now(shop, shop, 0.0),
        Signal.SCORES: scores_now(0.0),
        Signal.EMPTY: empty_now(0.02),
    }
    for signal, make in makers.items():
        found = []
        for turn in range(NULLS):
            rng = np.random.default_rng([9, turn])
            number = int(rng.integers(compare.FEWEST, 2_000))
            before = int(rng.integers(compare.FEWEST, BEFORE))
            found.append(finding(make(rng, before), make(rng, number), signal))
        chances = np.array([each.chance for each in found])
        print(
            f"{signal}: {sum(each.drifted for each in found)} of {NULLS} looks found drift; "
            f"largest size {max(each.size for each in found):.2f}; chance below "
            + ", ".join(f"{a}: {np.mean(chances < a):.4f}" for a in (0.1, 0.01, 0.001))
        )


def cost(shop: Queries) -> None:
    """Say how long a search is held up by being noted."""
    gathering = Gathering(lambda: NOW)
    seen = [Searched("shop", "fp/256", "text", row, 0.4, False) for row in shop.pool]
    begun, used = time.perf_counter(), time.thread_time()
    for each in seen:
        gathering.searched(each)
    took, used = time.perf_counter() - begun, time.thread_time() - used
    print(
        f"noting a search: {took / len(seen) * 1e6:.1f} us "
        f"({used / len(seen) * 1e6:.1f} us of the processor)"
    )


def main() -> None:
    embedder = registry.load("pocket")
    shop = Queries.embedded(embedder, shop_query)
    food = Queries.embedded(embedder, food_query)
    cost(shop)
    false_alarms(shop)
    usual = vectors_now(shop, food, 0.0)
    for share in (0.1, 0.25, 0.5, 1.0):
        now = vectors_now(shop, food, share)
        row(f"{share:.0%} another shop's queries", Signal.VECTORS, usual, now)
    turned = Queries(rotated(shop.pool))
    row("another model's vectors", Signal.VECTORS, usual, vectors_now(turned, turned, 0.0))
    for by in (0.02, 0.05, 0.1):
        row(f"best scores lower by {by}", Signal.SCORES, scores_now(0.0), scores_now(by))
    for share in (0.05, 0.1, 0.5):
        now = empty_now(share)
        row(f"{share:.0%} without a hit (2 % before)", Signal.EMPTY, empty_now(0.02), now)


if __name__ == "__main__":
    main()
