"""What every store of populations, drift reports and quality probes must do."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from services.core.errors import NotFound
from services.core.ports.work import Database
from services.core.types.documents import Document
from services.core.types.populations import (
    DriftReport,
    Finding,
    Of,
    Population,
    QualityProbe,
    Signal,
)
from tests.contract.database import NOW

HOUR = timedelta(hours=1)
FINDING = Finding(Of.QUERIES, "text", Signal.EMPTY, 0.25, 1e-9, True, 400, 9000)


def population(index: str, *, empty: int = 1, first: int = 3) -> Population:
    vectors = np.zeros((2, 16), dtype=np.int64)
    vectors[0, first : first + 2] = (4, 1)
    vectors[1, 15] = 5
    scores = np.zeros(20, dtype=np.int64)
    scores[[0, 19]] = (2, 3)
    return Population(
        index, Of.QUERIES, "text", "fp/64", NOW, NOW + HOUR, vectors, scores, 6, empty
    )


def same(one: Population, other: Population) -> bool:
    arrays = ("vectors", "scores")
    rest = [
        {name: getattr(each, name) for name in Population.__slots__ if name not in arrays}
        for each in (one, other)
    ]
    return rest[0] == rest[1] and all(
        np.array_equal(getattr(one, name), getattr(other, name)) for name in arrays
    )


def only(found: Sequence[Population]) -> Population:
    (one,) = found
    return one


class PopulationStoreContract:
    """Provide `database`."""

    def test_a_population_comes_back_as_it_was_added(self, database: Database, shop: str) -> None:
        nothing = replace(population(shop), vectors=np.zeros((2, 16), dtype=np.int64))
        other = replace(nothing, of=Of.DOCUMENTS, kind="image")
        with database.work() as work:
            work.populations.add(population(shop))
            work.populations.add(other)
        with database.read() as work:
            found = work.populations.gathered(shop, since=NOW)
        assert [each.of for each in found] == [Of.DOCUMENTS, Of.QUERIES]
        assert same(found[0], other)
        assert same(found[1], population(shop))

    def test_what_is_added_to_the_same_moment_adds_up(self, database: Database, shop: str) -> None:
        later = replace(population(shop, empty=2, first=9), until=NOW + 2 * HOUR)
        with database.work() as work:
            work.populations.add(population(shop))
            work.populations.add(later)
            found = only(work.populations.gathered(shop, since=NOW))
        assert (found.searches, found.empty, found.until) == (12, 3, NOW + 2 * HOUR)
        assert found.vectors[0].tolist() == [0, 0, 0, 4, 1, 0, 0, 0, 0, 4, 1, 0, 0, 0, 0, 0]

    def test_several_that_add_at_once_lose_nothing(self, database: Database, shop: str) -> None:
        def add(_turn: int) -> None:
            with database.work() as work:
                work.populations.add(population(shop))

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(add, range(20)))
        with database.read() as work:
            assert only(work.populations.gathered(shop, since=NOW)).searches == 120

    def test_another_space_takes_the_place(self, database: Database, shop: str) -> None:
        other = replace(population(shop), space="fp/32")
        with database.work() as work:
            work.populations.add(population(shop))
            work.populations.add(other)
            assert same(only(work.populations.gathered(shop, since=NOW)), other)

    def test_what_began_before_is_neither_given_nor_kept(
        self, database: Database, shop: str
    ) -> None:
        old = replace(population(shop), since=NOW - HOUR)
        with database.work() as work:
            work.populations.add(old)
            work.populations.add(population(shop))
            assert only(work.populations.gathered(shop, since=NOW)).since == NOW
            assert len(work.populations.gathered(shop, since=NOW - HOUR)) == 2
            work.populations.forget(before=NOW)
            assert only(work.populations.gathered(shop, since=NOW - HOUR)).since == NOW

    def test_baselines_are_apart_and_replaced_together(self, database: Database, shop: str) -> None:
        image = replace(population(shop), kind="image")
        with database.work() as work:
            work.populations.add(population(shop))
            work.populations.set_baselines(shop, [population(shop), image])
            work.populations.set_baselines(shop, [image])
            work.populations.forget(before=NOW + HOUR)
            assert same(only(work.populations.baselines(shop)), image)
            assert work.populations.gathered(shop, since=NOW) == []

    def test_reports_and_probes_are_kept_until_the_index_goes(
        self, database: Database, shop: str
    ) -> None:
        report = DriftReport(shop, NOW, NOW - HOUR, (FINDING,), {"text": 0.5})
        probe = QualityProbe(shop, "set", {"recall@10": 0.5}, 12, 0.25, NOW)
        with database.work() as work:
            work.populations.put_drift(replace(report, baseline_at=None, findings=()))
            work.populations.put_drift(report)
            work.populations.put_quality_probe(replace(probe, queries=1))
            work.populations.put_quality_probe(probe)
            assert work.populations.drifts() == [report]
            assert work.populations.quality_probes() == [probe]
            work.indexes.remove(shop)
            assert work.populations.drifts() == work.populations.quality_probes() == []

    def test_an_index_that_is_gone_has_none(self, database: Database) -> None:
        with pytest.raises(NotFound, match="gone"), database.work() as work:
            work.populations.add(population("gone"))
        with pytest.raises(NotFound, match="gone"), database.work() as work:
            work.populations.set_baselines("gone", [population("gone")])
        with pytest.raises(NotFound, match="gone"), database.work() as work:
            work.populations.put_drift(DriftReport("gone", NOW, None, ()))

    def test_a_sample_has_all_views_of_some_live_documents(
        self, database: Database, shop: str
    ) -> None:
        with database.work() as work:
            for place, name in enumerate("abcdefgh"):
                work.documents.put(
                    shop,
                    Document(id=name, title=name),
                    sequence=place + 1,
                    views=[f"{name}:text:0", f"{name}:image:0"],
                    now=NOW,
                )
            work.documents.mark_deleted(shop, ["b"], sequence=9, now=NOW)
        with database.read() as work:
            sample = work.populations.sample_views
            assert len(sample(shop, documents=99, shift=0.7)) == 14
            assert sample(shop, documents=2, shift=0.0) == [
                *("a:text:0", "a:image:0"),
                *("f:text:0", "f:image:0"),
            ]
            assert sample(shop, documents=2, shift=0.5)[0] == "d:text:0"
            assert sample("none", documents=2, shift=0.0) == []
