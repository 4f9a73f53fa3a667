"""A rollback goes back to the former collection, which knows by then what has happened since."""

from dataclasses import replace

import pytest

from services.core.errors import Conflict, NotFound
from services.core.types.indexes import Index
from services.core.types.jobs import JobState
from services.core.types.vectors import Content, Modality, Purpose
from services.ingest import change, former, jobs, rebuild, rollback
from tests.contract.hashing_embedder import HashingEmbedder
from tests.ingest.world import ATTRIBUTES, World, document, picture


def index_of(world: World) -> Index:
    with world.ports.database.read() as work:
        return work.indexes.get(world.index)


def rebuilt(world: World, *, documents: int = 10, **settings) -> None:
    """Documents written long ago, and an index rebuilt an hour later."""
    made = [document(f"d{n}", f"Thing {n}", attributes={"price": n}) for n in range(documents)]
    made[0]["images"] = ["file:p"]
    world.ingest(*made, p=picture())
    world.later(hours=1)
    rebuild.start(world.ports, world.index, **settings)
    world.queue.drain()
    assert index_of(world).generation == 2


def rolled_back(world: World) -> Index:
    job = rollback.start(world.ports, world.index)
    world.queue.drain()
    ended = world.job(job.id)
    assert ended.state is JobState.SUCCEEDED, ended.error
    return index_of(world)


def nearest(world: World, text: str) -> str:
    index = index_of(world)
    size = index.settings.dimensions
    vector = world.ports.embedder.embed(
        index.settings.embedder, [Content(text=text)], Purpose.INDEX, dimensions=size
    )[0]
    hits = world.ports.vectors.search(index.serving(), vector, modalities=[Modality.TEXT], limit=1)
    assert hits[0].score > 0.999
    return hits[0].document_id


def test_settings_and_collection_are_those_of_before(world: World) -> None:
    rebuilt(world, dimensions=16, attributes={})
    index = rolled_back(world)
    assert (index.generation, index.building) == (1, None)
    assert index.settings.dimensions != 16
    assert dict(index.settings.attributes) == ATTRIBUTES
    assert len(world.titles()) == 10
    assert index.former is not None
    assert (index.former.generation, index.former.settings.dimensions) == (2, 16)


def test_what_happened_since_is_there_after_it(world: World) -> None:
    rebuilt(world, dimensions=16)
    world.later(hours=1)
    world.ingest(document("d1", "Changed"), document("new", "Quite new"))
    world.ingest(document("d0", "No picture any more"))
    change.delete(world.ports, world.index, "d2")
    change.patch(world.ports, world.index, "d3", {"attributes": {"price": 99}})
    rolled_back(world)
    titles = world.titles()
    assert (titles["d1"], titles["new"], "d2" in titles) == ("Changed", "Quite new", False)
    assert (nearest(world, "Changed"), nearest(world, "Quite new")) == ("d1", "new")
    assert world.stored("d0").views == ("d0:text:0",)
    assert price_column(world, "d3") == 99


def price_column(world: World, document_id: str) -> object:
    from services.core import filters

    index = index_of(world)
    found = world.ports.vectors.search(
        index.serving(),
        world.ports.embedder.embed("hashing", [Content(text="x")], Purpose.INDEX)[0],
        modalities=[Modality.TEXT],
        limit=10,
        filter=filters.parse({"price": 99}, ATTRIBUTES),
    )
    return 99 if [hit.document_id for hit in found] == [document_id] else None


def test_only_what_has_changed_is_embedded_again(world: World, monkeypatch) -> None:
    rebuilt(world)
    world.later(hours=1)
    world.ingest(document("d1", "Changed"))
    embedded: list[str] = []
    rows = rebuild.embed.rows

    def seen(ports, target, documents, **more):
        embedded.extend(each.id for each in documents)
        return rows(ports, target, documents, **more)

    monkeypatch.setattr(rebuild.embed, "rows", seen)
    rolled_back(world)
    assert embedded == ["d1"]


def test_more_deletions_than_a_comparison_names_leave_nothing(world: World) -> None:
    rebuilt(world, documents=130)
    for n in range(110):
        change.delete(world.ports, world.index, f"d{n}")
    rolled_back(world)
    assert len(world.titles()) == 20


def test_rows_that_the_former_collection_lost_are_made_again(world: World) -> None:
    rebuilt(world)
    lost = index_of(world).former
    assert lost is not None
    world.ports.vectors.delete(lost.collection(world.index), [], ["d4:text:0"])
    rolled_back(world)
    assert nearest(world, "Thing 4") == "d4"


def test_a_second_rollback_goes_forward_again(world: World) -> None:
    rebuilt(world, dimensions=16)
    rolled_back(world)
    index = rolled_back(world)
    assert (index.generation, index.settings.dimensions) == (2, 16)
    assert len(world.titles()) == 10


def test_writes_while_it_goes_on_are_kept(world: World) -> None:
    rebuilt(world, dimensions=16)
    rollback.start(world.ports, world.index)
    waiting, world.queue.waiting = world.queue.waiting, []
    world.ingest(document("d1", "Changed"), document("new"))
    change.delete(world.ports, world.index, "d2")
    world.queue.waiting = waiting
    world.queue.drain()
    titles = world.titles()
    assert index_of(world).generation == 1
    assert (titles["d1"], titles["new"], "d2" in titles) == ("Changed", "A thing", False)


def test_a_cancelled_one_leaves_the_former_collection_for_the_next(world: World) -> None:
    rebuilt(world)
    job = rollback.start(world.ports, world.index)
    with pytest.raises(Conflict):
        rollback.drop(world.ports, world.index)
    with pytest.raises(Conflict):
        rebuild.start(world.ports, world.index)
    jobs.cancel(world.ports, job.id)
    world.queue.drain()
    world.sweep()
    world.ingest(document("d1", "Changed"))
    kept = index_of(world).former
    assert kept is not None
    assert kept.stale  # a write may have reached it and nothing else
    assert rolled_back(world).generation == 1
    assert world.titles()["d1"] == "Changed"


def test_documents_that_do_not_fit_the_former_settings_fail_it(world: World) -> None:
    world.ingest(document("a", attributes={"price": 1}))
    rebuild.start(world.ports, world.index, attributes={})
    world.queue.drain()
    world.ingest(document("a", attributes={"price": "cheap"}))
    job = rollback.start(world.ports, world.index)
    world.queue.drain()
    ended = world.job(job.id)
    assert ended.state is JobState.FAILED
    assert ended.error is not None
    assert "price" in ended.error.detail
    index = index_of(world)
    assert (index.generation, index.building) == (2, None)
    assert world.titles() == {"a": "A thing"}


def test_the_former_collection_is_kept_for_its_time(world: World) -> None:
    rebuilt(world)
    held = former.held(world.ports, world.index)
    assert held is not None
    assert (held.former.generation, sum(held.rows.views.values())) == (1, 12)
    world.later(hours=23)
    world.sweep()
    assert world.ports.vectors.generations(world.index) == (1, 2)
    world.later(hours=1)
    world.sweep()
    assert world.ports.vectors.generations(world.index) == (2,)
    assert former.held(world.ports, world.index) is None
    with pytest.raises(Conflict, match="no former collection"):
        rollback.start(world.ports, world.index)


def test_the_next_rebuild_takes_its_place(world: World) -> None:
    rebuilt(world)
    rebuild.start(world.ports, world.index)
    world.queue.drain()
    world.sweep()
    assert world.ports.vectors.generations(world.index) == (2, 3)


def test_it_can_be_dropped_at_once(world: World) -> None:
    rebuilt(world)
    rollback.drop(world.ports, world.index)
    assert world.ports.vectors.generations(world.index) == (2,)
    with pytest.raises(NotFound):
        rollback.drop(world.ports, world.index)


def test_none_is_kept_where_the_settings_say_so(world: World) -> None:
    settings = world.ports.settings
    none = settings.ingest.model_copy(update={"keep_former_s": 0})
    world.ports = replace(world.ports, settings=settings.model_copy(update={"ingest": none}))
    world.start()
    rebuilt(world)
    assert index_of(world).former is None
    world.sweep()
    assert world.ports.vectors.generations(world.index) == (2,)


def test_an_embedder_that_is_not_there_any_more_is_no_way_back(world: World) -> None:
    world.embed_with(HashingEmbedder(others=("words",)))
    rebuilt(world, embedder="words")
    rolled_back(world)
    world.embed_with(HashingEmbedder())
    with pytest.raises(Conflict, match="does not have any more"):
        rollback.start(world.ports, world.index)
