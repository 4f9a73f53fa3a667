"""A shop with a query set, whose evaluations a test measures itself, step by step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from services.core.ports import Ports
from services.core.types.configurations import Configuration
from services.core.types.documents import Document
from services.core.types.evaluations import Answered, Evaluation, JudgedQuery
from services.core.types.vectors import Vector
from services.insight import query_sets
from services.insight.evaluation import accepting, runner
from services.insight.query_sets import Judged
from services.search.rerank.rerankers import Rerankers
from services.wiring.judged_search import SearchOfJudged
from tests.search.shop import Shop

COLOURS = ("red", "blue", "green", "black", "white", "pink", "grey", "gold")
THINGS = ("mug", "hat", "sofa")


class Watched:
    """The real judged search; notes who was asked what, and calls `before` each time."""

    def __init__(
        self, ports: Ports, before: Callable[[int], object] = lambda _number: None
    ) -> None:
        self._search = SearchOfJudged.over(ports, Rerankers(vision=None))
        self._before = before
        self.asked: list[tuple[str, str]] = []

    def answer(
        self, query: JudgedQuery, configuration: Configuration, *, index: str, depth: int
    ) -> Answered:
        self._before(len(self.asked))
        self.asked.append((configuration.name, query.id))
        return self._search.answer(query, configuration, index=index, depth=depth)

    def vector(self, query: JudgedQuery, *, index: str) -> Vector:
        return self._search.vector(query, index=index)


class AskedShop:
    """24 products, and a query of words for each."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        names = [(colour, thing) for thing in THINGS for colour in COLOURS]
        shop.put(*(Document(f"{c}-{t}", title=f"{c} {t}", description="new") for c, t in names))
        self.queries = [
            JudgedQuery(f"q-{c}-{t}", text=f"a {c} {t}", category=t, grades={f"{c}-{t}": 2})
            for c, t in names
        ]
        self.ask(self.queries)
        with self.ports.database.work() as work:
            work.configurations.put(Configuration("words", hybrid=0.5), now=shop.now)

    @property
    def ports(self) -> Ports:
        return self.shop.ports

    def ask(self, queries: Sequence[JudgedQuery]) -> None:
        judged = [Judged(query) for query in queries]
        query_sets.put(self.ports, "s", index=self.shop.name, description="", queries=judged)

    def accept(self, *configurations: str, **how: Any) -> str:
        names = configurations or ("default", "words")
        return accepting.accept(self.ports, query_set="s", configurations=names, **how).id

    def measure(
        self, name: str, *, before: Callable[[int], object] = lambda _number: None, **ports: Any
    ) -> Watched:
        """Run its task once; whom it asked."""
        with_changes = replace(self.ports, **ports)
        watched = Watched(with_changes, before)
        runner.run(with_changes, watched, name)
        return watched

    def later(self, seconds: float) -> None:
        self.shop.now += timedelta(seconds=seconds)

    def evaluation(self, name: str) -> Evaluation:
        with self.ports.database.read() as work:
            return work.evaluations.get(name)

    def report(self, name: str) -> dict[str, Any]:
        with self.ports.database.read() as work:
            found = work.evaluations.report(name)
        assert found is not None
        return dict(found)
