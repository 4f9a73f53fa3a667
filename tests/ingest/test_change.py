"""Patches and deletions take effect at once and survive being cut short."""

import pytest

from services.core.errors import BadFilter, Conflict, IndexDown, InputError, NotFound
from services.core.filters import parse
from services.core.types.jobs import ItemState
from services.core.types.vectors import Modality
from services.ingest import change
from tests.ingest.world import ATTRIBUTES, World, document, picture


def found(world: World, **filter: object) -> set[str]:
    """Documents whose text view the vector store gives under a filter."""
    with world.ports.database.read() as work:
        serving = work.indexes.get(world.index).serving()
    vector = world.ports.vectors.vectors(serving, ["a:text:0"])["a:text:0"]
    hits = world.ports.vectors.search(
        serving,
        vector,
        modalities=[Modality.TEXT],
        limit=50,
        filter=parse(filter, ATTRIBUTES) if filter else None,
    )
    return {hit.document_id for hit in hits}


def test_a_patch_moves_filters_without_embedding_again(world: World) -> None:
    world.ingest(document("a", attributes={"price": 3, "brand": "x"}, signals={"s": 1, "t": 2}))
    raw = {"attributes": {"price": 9, "brand": None}, "signals": {"s": None, "u": 3}}
    patched = change.patch(world.ports, world.index, "a", raw)
    assert patched.document.attributes == {"price": 9}
    assert patched.document.signals == {"t": 2, "u": 3}
    assert world.stored("a").in_sync
    assert found(world, price=9) == {"a"}
    assert found(world, price=3) == set()
    assert found(world, brand={"exists": False}) == {"a"}


@pytest.mark.parametrize(
    "raw", [{}, {"attributes": {"price": "x"}}, {"title": "new"}, {"signals": {"s": "x"}}]
)
def test_a_wrong_patch_changes_nothing(world: World, raw: object) -> None:
    world.ingest(document("a", attributes={"price": 3}))
    with pytest.raises(InputError):
        change.patch(world.ports, world.index, "a", raw)
    assert world.stored("a").document.attributes == {"price": 3}


def test_a_patch_cannot_grow_a_document_over_its_limits(world: World) -> None:
    world.ingest(document("a", attributes={"x": "y" * 40_000}))
    with pytest.raises(InputError, match="64 KiB"):
        change.patch(world.ports, world.index, "a", {"attributes": {"z": "y" * 40_000}})


def test_a_patch_waits_for_the_job_that_writes_the_document(world: World) -> None:
    world.ingest(document("a"))
    job = world.accept(document("a", "again"))
    with pytest.raises(Conflict, match=job.id):
        change.patch(world.ports, world.index, "a", {"attributes": {"price": 1}})


def test_a_patch_of_no_document_is_refused(world: World) -> None:
    with pytest.raises(NotFound):
        change.patch(world.ports, world.index, "a", {"attributes": {"price": 1}})


def test_a_patch_cut_short_is_finished_by_the_sweep(world: World, monkeypatch) -> None:
    world.ingest(document("a", attributes={"price": 3}))
    with monkeypatch.context() as patch:

        def down(self, *args, **more):
            raise IndexDown("no answer")

        patch.setattr(type(world.ports.vectors), "update_columns", down)
        with pytest.raises(IndexDown):
            change.patch(world.ports, world.index, "a", {"attributes": {"price": 9}})
    assert found(world, price=3) == {"a"}
    world.sweep()
    assert found(world, price=9) == {"a"}
    assert world.stored("a").in_sync


def test_a_deleted_document_is_gone_everywhere(world: World) -> None:
    world.ingest(document("a", images=["file:p"]), document("b"), p=picture())
    change.delete(world.ports, world.index, "a")
    assert world.titles() == {"b": "A thing"}
    with pytest.raises(NotFound):
        change.delete(world.ports, world.index, "a")


def test_deleting_cancels_what_was_still_to_be_written(world: World) -> None:
    job = world.accept(document("a"), document("b"))
    change.delete(world.ports, world.index, "a")
    world.queue.drain()
    assert world.titles() == {"b": "A thing"}
    assert world.job(job.id).counts[ItemState.CANCELLED] == 1
    assert world.job(job.id).state.finished


def test_a_document_sent_after_its_deletion_comes_back(world: World) -> None:
    world.ingest(document("a", "one"))
    change.delete(world.ports, world.index, "a")
    world.ingest(document("a", "two"))
    assert world.titles() == {"a": "two"}


def test_a_deletion_cut_short_is_finished_by_the_sweep(world: World, monkeypatch) -> None:
    world.ingest(document("a"), document("b"))
    with monkeypatch.context() as patch:

        def down(self, *args, **more):
            raise IndexDown("no answer")

        patch.setattr(type(world.ports.vectors), "delete", down)
        with pytest.raises(IndexDown):
            change.delete(world.ports, world.index, "a")
    with pytest.raises(NotFound):
        world.stored("a")  # hidden at once, whatever the vector store still holds
    world.sweep()
    assert world.titles() == {"b": "A thing"}


def test_deleting_by_filter_removes_exactly_the_matches(world: World) -> None:
    world.ingest(*[document(f"d{n}", attributes={"price": n}) for n in range(10)])
    assert change.delete_matching(world.ports, world.index, {"price": {"lt": 4}}) == 4
    assert set(world.titles()) == {f"d{n}" for n in range(4, 10)}


def test_deleting_by_an_empty_or_wrong_filter_is_refused(world: World) -> None:
    world.ingest(document("a"))
    for raw in ({}, {"all": []}):
        with pytest.raises(InputError, match="filter"):
            change.delete_matching(world.ports, world.index, raw)
    with pytest.raises(BadFilter):
        change.delete_matching(world.ports, world.index, {"colour": "red"})
    assert set(world.titles()) == {"a"}


def test_deleting_more_than_the_limit_deletes_nothing(world: World, monkeypatch) -> None:
    monkeypatch.setattr(change, "MAX_DELETED", 2)
    world.ingest(*[document(f"d{n}", attributes={"price": n}) for n in range(3)])
    with pytest.raises(InputError, match="more than 2"):
        change.delete_matching(world.ports, world.index, {"price": {"gte": 0}})
    assert len(world.titles()) == 3
