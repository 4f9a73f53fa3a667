"""The sample catalog with users who like some answers better, and two ways to rank it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from benchmarks.experiments.click_models import ClickModel, Floats, PositionBased
from datasets.sample_catalog.products import assortment
from datasets.sample_catalog.queries import grade, questions

RANKS: Final = 10
LOOKED_AT: Final = 1 / np.arange(1, RANKS + 1) ** 0.7
"""The planted propensities: 1 at the top, 0.2 at rank 10."""
LIKED: Final = np.array([0.005, 0.012, 0.03, 0.08])
"""The chance of a click on what is looked at, by grade 0..3, before each product's own."""
DISPOSITIONS: Final = np.array([0.4, 1.0, 1.6])
"""Users are not alike: some click less than half as much as the others, some much more."""
MEAN_SEARCHES: Final = 4.0
CANDIDATES: Final = 30
"""Products that a query is about or nearly so; the rest of the catalog is never ranked high."""

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Shop:
    """`attraction` is (queries, candidates); rankings are (queries, RANKS) of candidate numbers."""

    attraction: Floats
    control: Ints
    treatment: Ints

    def page(self, ranking: Ints) -> Floats:
        """The attraction of what is shown, in its order: (queries, RANKS)."""
        return np.take_along_axis(self.attraction, ranking, axis=1)

    def click_chance(self, ranking: Ints, model: ClickModel) -> Floats:
        """The exact chance that a search has a click: (dispositions, queries)."""
        return model.any_click(self.page(ranking)[None] * DISPOSITIONS[:, None, None])


def converting(chance: Floats) -> float:
    """The exact share of clients with at least one click, from `Shop.click_chance`.

    A client makes a geometric number of searches, one at least, each for any query alike.
    """
    stay = 1 / MEAN_SEARCHES
    without = 1 - chance.mean(axis=1)
    # The sum over s of stay (1 - stay)^(s-1) without^s.
    return float((1 - stay * without / (1 - (1 - stay) * without)).mean())


def open_shop(*, lift: float, seed: int = 7, model: ClickModel | None = None) -> Shop:
    """The shop, with a treatment whose share of clients that click is `lift` above control's.

    Both rankings order candidates by grade with errors; the treatment makes fewer of them, on as
    many queries as the lift needs (0: on none, so that both are the same).
    """
    rng = np.random.default_rng(seed)
    grades = _grades(seed)
    attraction = LIKED[grades] * rng.uniform(0.6, 1.4, grades.shape)
    control = _ranked(grades, rng, error=1.3)
    better = _ranked(grades, rng, error=0.4)
    model = model or PositionBased(LOOKED_AT)
    bare = Shop(attraction, control, better)
    before, after = bare.click_chance(control, model), bare.click_chance(better, model)
    goal = converting(before) * (1 + lift)
    changed = _changed(before, after, rng.permutation(len(grades)), goal) if lift else []
    treatment = control.copy()
    treatment[changed] = better[changed]
    return Shop(attraction, control, treatment)


def _changed(before: Floats, after: Floats, order: Ints, goal: float) -> list[int]:
    # In a random order until the goal is passed; instead of the last the one that just meets it.
    mixed, chosen = before.copy(), 0
    while chosen < len(order) and converting(mixed) < goal:
        mixed[:, order[chosen]] = after[:, order[chosen]]
        chosen += 1
    kept = order[: chosen - 1].tolist()
    mixed[:, order[chosen - 1]] = before[:, order[chosen - 1]]

    def miss(query: int) -> float:
        one_more = mixed.copy()
        one_more[:, query] = after[:, query]
        return abs(converting(one_more) - goal)

    return [*kept, min(order[chosen - 1 :].tolist(), key=miss)]


def _grades(seed: int) -> Ints:
    products = assortment(seed=seed, count=900)
    queries, _ = questions(products, seed=seed)
    rows = np.array([[grade(query, product) for product in products] for query in queries])
    order = np.argsort(-rows, axis=1, kind="stable")[:, :CANDIDATES]
    return np.take_along_axis(rows, order, axis=1)


def _ranked(grades: Ints, rng: np.random.Generator, *, error: float) -> Ints:
    scores = grades + rng.normal(0, error, grades.shape)
    return np.argsort(-scores, axis=1)[:, :RANKS]
