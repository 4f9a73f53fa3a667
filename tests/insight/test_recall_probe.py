"""The probe measures what searches miss, no more often than wanted, and never fails a sweep."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from services.core.errors import IndexDown
from services.core.index.milvus import MilvusIndex
from services.core.settings import Search
from services.core.types.figures import RecallProbe, Reference
from services.core.types.filters import Filter
from services.core.types.indexes import Collection
from services.core.types.search import ViewHit
from services.core.types.vectors import Modality, Vector
from services.ingest import indexes
from services.insight import recall_probe
from tests.ingest.world import World, document

DOCUMENTS = 40


class Forgetful(MilvusIndex):
    """Finds nothing but every other view, unless it looks far; counts what it is asked."""

    searches = 0

    def search(
        self,
        collection: Collection,
        vector: Vector,
        *,
        modalities: Sequence[Modality],
        limit: int,
        filter: Filter | None = None,
        now: datetime | None = None,
    ) -> list[ViewHit]:
        self.searches += 1
        hits = super().search(
            collection, vector, modalities=modalities, limit=limit * 2, filter=filter, now=now
        )
        return hits[:limit] if limit > 100 else hits[::2][:limit]


class Down(MilvusIndex):
    def vectors(self, collection: Collection, view_ids: Sequence[str]) -> dict[str, Vector]:
        raise IndexDown("it does not answer")


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("probe") / "vectors.db")


def world_on(vectors: MilvusIndex, folder: Path) -> World:
    made = World(folder, vectors, name=f"catalog_{secrets.token_hex(4)}")
    made.make_index()
    return made


@pytest.fixture(params=[MilvusIndex])
def world(file: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[World]:
    vectors = request.param(file)
    made = world_on(vectors, tmp_path)
    yield made
    indexes.delete(made.ports, made.index)
    made.ports.database.close()
    vectors.close()


def fill(world: World, number: int = DOCUMENTS) -> None:
    world.ingest(
        *(
            document(f"d{place:02}", title=f"thing {place} of {place % 7}")
            for place in range(number)
        )
    )


def probed(world: World) -> RecallProbe | None:
    recall_probe.run(world.ports)
    with world.ports.database.read() as work:
        return next((one for one in work.figures.recall_probes() if one.index == world.index), None)


def test_a_good_index_has_full_recall(world: World) -> None:
    fill(world)
    probe = probed(world)
    assert probe is not None
    assert (probe.recall, probe.reference) == (1.0, Reference.EXACT)
    assert (probe.views, probe.at) == (DOCUMENTS, world.now)
    assert recall_probe.FEWEST <= probe.queries <= recall_probe.QUERIES


@pytest.mark.parametrize("world", [Forgetful], indirect=True)
@pytest.mark.parametrize(("exact_views", "reference"), [(5000, "exact"), (0, "wide")])
def test_what_searches_miss_is_measured(
    world: World, monkeypatch: pytest.MonkeyPatch, exact_views: int, reference: str
) -> None:
    monkeypatch.setattr(recall_probe, "EXACT_VIEWS", exact_views)
    fill(world)
    probe = probed(world)
    assert probe is not None
    assert probe.reference == reference
    assert 0.3 < probe.recall < 0.7


def test_an_empty_index_and_one_of_a_single_view_are_left_out(world: World) -> None:
    assert probed(world) is None
    fill(world, 1)
    assert probed(world) is None
    fill(world, 3)
    assert probed(world) is not None


@pytest.mark.parametrize("world", [Forgetful], indirect=True)
def test_an_index_is_probed_again_when_its_time_has_come(world: World) -> None:
    fill(world)
    probed(world)
    asked = world.ports.vectors.searches
    world.later(seconds=299)
    probed(world)
    assert world.ports.vectors.searches == asked
    world.later(seconds=1)
    probe = probed(world)
    assert probe is not None
    assert probe.at == world.now
    assert world.ports.vectors.searches > asked


@pytest.mark.parametrize("world", [Forgetful], indirect=True)
def test_0_seconds_turn_it_off(world: World) -> None:
    fill(world)
    off = world.ports.settings.model_copy(update={"search": Search(recall_probe_every_s=0)})
    world.ports = replace(world.ports, settings=off)
    assert probed(world) is None
    assert world.ports.vectors.searches == 0


@pytest.mark.parametrize("world", [Down], indirect=True)
def test_a_store_that_is_down_is_left_alone(world: World) -> None:
    with world.ports.database.work() as work:
        index = work.indexes.get(world.index)
    assert recall_probe.run(world.ports) is None
    with pytest.raises(IndexDown):
        recall_probe.measure(world.ports, index.serving())


def test_another_process_at_the_same_index_is_not_doubled(world: World) -> None:
    fill(world)
    # Locks are re-entrant in a thread, so another one must come too late.
    with world.ports.locks.writing(f"probe:{world.index}"), ThreadPoolExecutor(1) as other:
        assert other.submit(probed, world).result() is None


def test_a_sample_is_spread_and_moves_with_the_shift(world: World) -> None:
    fill(world)
    with world.ports.database.read() as work:
        first = work.figures.sample_views(world.index, count=4, shift=0.0)
        again = work.figures.sample_views(world.index, count=4, shift=0.0)
        moved = work.figures.sample_views(world.index, count=4, shift=0.5)
        everything = work.figures.sample_views(world.index, count=99, shift=0.9)
        nothing = work.figures.sample_views("none", count=4, shift=0.0)
    assert first == again == [f"d{place:02}:text:0" for place in (0, 10, 20, 30)]
    assert moved == [f"d{place:02}:text:0" for place in (5, 15, 25, 35)]
    assert len(set(everything)) == DOCUMENTS
    assert nothing == []
