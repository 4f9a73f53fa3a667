"""Indexes are made once, deleted whole, and a repeat heals what a crash left."""

import pytest

from services.core.errors import Conflict, InputError, NotFound
from services.core.types.indexes import AttributeType, Collection, Hnsw, IndexSettings
from services.ingest import indexes
from tests.ingest.world import ATTRIBUTES, World, document


def test_making_an_equal_index_again_returns_it(world: World) -> None:
    index, made = indexes.create(world.ports, world.index, attributes=ATTRIBUTES)
    assert (index.name, made) == (world.index, False)
    assert index.settings.dimensions == 64  # the embedder's largest


def test_other_settings_are_a_conflict(world: World) -> None:
    with pytest.raises(Conflict, match="rebuild"):
        indexes.create(world.ports, world.index, attributes=ATTRIBUTES, dimensions=32)


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"embedder": "nonesuch"}, "embedder"),
        ({"dimensions": 63}, "dimensions"),
        ({"attributes": {"Bad": AttributeType.STRING}}, "attributes.Bad"),
        ({"attributes": {"any": AttributeType.STRING}}, "attributes.any"),
        ({"attributes": {f"a{n}": AttributeType.STRING for n in range(65)}}, "attributes"),
        ({"hnsw": Hnsw(m=3)}, "hnsw.m"),
        ({"hnsw": Hnsw(ef_construction=5000)}, "hnsw.ef_construction"),
    ],
)
def test_wrong_settings_are_refused_by_field(world: World, settings, field: str) -> None:
    with pytest.raises(InputError) as caught:
        indexes.create(world.ports, "another", **settings)
    assert caught.value.fields[0].field == field
    assert world.ports.vectors.generations("another") == ()


def test_collections_without_an_index_are_replaced(world: World) -> None:
    name = f"{world.index}_x"
    left = Collection(name, 3, IndexSettings("hashing", 16, {}))
    world.ports.vectors.create(left)
    world.ports.vectors.serve(left)
    world.make_index(name)
    assert world.ports.vectors.generations(name) == (1,)
    assert indexes.verify(world.ports, name).consistent


def test_a_deleted_index_is_gone_with_everything(world: World) -> None:
    job = world.ingest(document("a"))
    indexes.delete(world.ports, world.index)
    assert world.ports.vectors.generations(world.index) == ()
    with pytest.raises(NotFound):
        world.job(job.id)
    with pytest.raises(NotFound):
        indexes.delete(world.ports, world.index)
    world.make_index()
    assert world.titles() == {}


def test_work_for_a_deleted_index_ends_quietly(world: World) -> None:
    world.accept(document("a"))
    indexes.delete(world.ports, world.index)
    world.queue.drain()
    world.sweep()


def test_stats_count_documents_and_views(world: World) -> None:
    world.ingest(document("a"), document("b"))
    documents, rows = indexes.stats(world.ports, world.index)
    assert documents == 2
    assert rows.views["text"] == 2


def test_verification_names_what_differs(world: World) -> None:
    world.ingest(document("a"), document("b"))
    with world.ports.database.read() as work:
        serving = work.indexes.get(world.index).serving()
    world.ports.vectors.delete(serving, ["a"], ["a:text:0"])
    found = indexes.verify(world.ports, world.index)
    assert not found.consistent
    assert (found.missing_views, found.missing_documents) == (("a:text:0",), ("a",))
    assert (found.extra_views, found.extra_documents, found.differences) == ((), (), 2)


def test_names_of_indexes_never_meet_names_of_generations(world: World) -> None:
    world.ingest(document("a"))
    others = [f"{world.index}_1", f"{world.index}_g1"]
    for other in others:
        world.make_index(other)
    assert world.ports.vectors.generations(world.index) == (1,)
    for other in others:
        indexes.delete(world.ports, other)
    assert world.titles() == {"a": "A thing"}
