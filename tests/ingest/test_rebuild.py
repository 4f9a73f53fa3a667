"""A rebuild changes an index's settings while it serves and takes writes."""

import pytest

from services.core.errors import Conflict, InputError
from services.core.types.indexes import AttributeType, Index
from services.core.types.jobs import JobState
from services.core.types.vectors import Modality
from services.ingest import change, jobs, rebuild
from tests.contract.hashing_embedder import HashingEmbedder
from tests.ingest.world import ATTRIBUTES, World, document, picture


def index_of(world: World) -> Index:
    with world.ports.database.read() as work:
        return work.indexes.get(world.index)


def fill(world: World, *, documents: int = 10) -> None:
    made = [document(f"d{n}", f"Thing {n}", attributes={"price": n}) for n in range(documents)]
    made[0]["images"] = ["file:p"]
    world.ingest(*made, p=picture())


def test_the_new_collection_serves_and_the_old_one_goes(world: World) -> None:
    fill(world)
    job = rebuild.start(world.ports, world.index, dimensions=16, attributes={})
    world.queue.drain()
    assert world.job(job.id).state is JobState.SUCCEEDED
    index = index_of(world)
    assert (index.generation, index.building, index.settings.dimensions) == (2, None, 16)
    assert len(world.titles()) == 10
    world.later(days=1)
    world.sweep()
    assert world.ports.vectors.generations(world.index) == (2,)


def test_progress_counts_documents(world: World) -> None:
    fill(world)
    job = rebuild.start(world.ports, world.index)
    assert job.total == 10
    world.queue.drain()
    assert sum(world.job(job.id).counts.values()) == 10


def test_writes_and_deletions_meanwhile_reach_both_collections(world: World) -> None:
    fill(world)
    rebuild.start(world.ports, world.index, dimensions=32)
    waiting, world.queue.waiting = world.queue.waiting, []
    world.ingest(document("d1", "Changed"), document("new"))
    change.delete(world.ports, world.index, "d2")
    change.patch(world.ports, world.index, "d3", {"attributes": {"price": 99}})
    assert len(world.titles()) == 10  # the old collection, still serving
    world.queue.waiting = waiting
    world.queue.drain()
    titles = world.titles()
    assert index_of(world).generation == 2
    assert (titles["d1"], titles["new"], "d2" in titles) == ("Changed", "A thing", False)


def test_a_write_between_reading_and_copying_a_page_wins(world: World, monkeypatch) -> None:
    fill(world)
    job = rebuild.start(world.ports, world.index)
    embed_rows = rebuild.embed.rows
    written = []

    def rows(ports, target, documents, **more):
        if not written:
            written.append(True)
            waiting, world.queue.waiting = world.queue.waiting, []
            world.ingest(document("d0", "Later"))
            change.patch(world.ports, world.index, "d1", {"attributes": {"price": 77}})
            world.queue.waiting = waiting
        return embed_rows(ports, target, documents, **more)

    monkeypatch.setattr(rebuild.embed, "rows", rows)
    world.queue.drain()
    assert world.job(job.id).state is JobState.SUCCEEDED
    assert world.titles()["d0"] == "Later"
    serving = index_of(world).serving()
    later = world.ports.embedder.embed("hashing", [_words("Later")], "index")[0]
    hits = world.ports.vectors.search(serving, later, modalities=[Modality.TEXT], limit=1)
    assert (hits[0].document_id, round(hits[0].score, 3)) == ("d0", 1.0)


def _words(text: str):
    from services.core.types.vectors import Content

    return Content(text=text)


def test_another_embedder_changes_which_views_there_are(world: World) -> None:
    fill(world)
    world.embed_with(HashingEmbedder(others=("words",), modalities=frozenset({Modality.TEXT})))
    # The serving collection was made by the embedder that knew pictures too: same fingerprint.
    job = rebuild.start(world.ports, world.index, embedder="words")
    world.queue.drain()
    assert world.job(job.id).state is JobState.SUCCEEDED
    assert world.stored("d0").views == ("d0:text:0",)
    assert len(world.titles()) == 10


def test_only_one_rebuild_at_a_time(world: World) -> None:
    rebuild.start(world.ports, world.index)
    with pytest.raises(Conflict):
        rebuild.start(world.ports, world.index)


def test_an_attribute_cannot_change_its_type_while_it_serves(world: World) -> None:
    with pytest.raises(InputError, match=r"attributes\.price"):
        rebuild.start(world.ports, world.index, attributes={"price": AttributeType.STRING})


def test_documents_that_do_not_fit_the_new_attributes_fail_the_rebuild(world: World) -> None:
    world.ingest(document("a", attributes={"size": "large"}))
    new = ATTRIBUTES | {"size": AttributeType.NUMBER}
    job = rebuild.start(world.ports, world.index, attributes=new)
    world.queue.drain()
    ended = world.job(job.id)
    assert ended.state is JobState.FAILED
    assert ended.error is not None
    assert "size" in ended.error.detail
    assert index_of(world).building is None
    world.sweep()
    assert world.ports.vectors.generations(world.index) == (1,)
    assert world.titles() == {"a": "A thing"}


def test_a_cancelled_rebuild_leaves_the_old_collection(world: World) -> None:
    fill(world)
    job = rebuild.start(world.ports, world.index)
    jobs.cancel(world.ports, job.id)
    world.queue.drain()
    world.sweep()
    assert world.job(job.id).state is JobState.CANCELLED
    assert world.ports.vectors.generations(world.index) == (1,)
    assert len(world.titles()) == 10
