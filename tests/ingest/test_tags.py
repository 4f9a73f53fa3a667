"""Tags are found when a document comes in, filter like attributes, and are nobody's to write."""

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.core import filters
from services.core.errors import Conflict, InputError
from services.core.index.milvus import MilvusIndex
from services.core.types.indexes import Index
from services.core.types.jobs import JobState
from services.core.types.vectors import Content, Modality, Purpose
from services.ingest import change, indexes, rebuild
from tests.contract.hashing_embedder import HashingEmbedder
from tests.ingest.seeing_embedder import SeeingEmbedder
from tests.ingest.world import ATTRIBUTES, World, document, picture

TAGS = {"colour": ["red", "green", "blue"], "shade": ["black", "white"]}


@pytest.fixture
def world(tmp_path: Path, vectors: MilvusIndex) -> Iterator[World]:
    made = World(tmp_path, vectors, name=f"tagged_{secrets.token_hex(4)}")
    made.embed_with(SeeingEmbedder())
    indexes.create(made.ports, made.index, attributes=ATTRIBUTES, tags=TAGS)
    yield made
    made.ports.database.close()


def shown(document_id: str, *colours: str, **more: Any) -> dict[str, Any]:
    return document(document_id, images=[f"file:{colour}" for colour in colours], **more)


def send(world: World, *documents: dict[str, Any]) -> None:
    named = {one.removeprefix("file:") for each in documents for one in each.get("images", [])}
    job = world.ingest(*documents, **{name: picture(name) for name in named})
    assert job.state is JobState.SUCCEEDED


def fill(world: World) -> None:
    send(
        world,
        shown("a", "red", attributes={"price": 1}),
        shown("b", "red", "blue", "black"),
        shown("c", "yellow"),
        document("d"),
        shown("e", "green", attributes={"price": 9, "material": "wood"}),
    )


def index_of(world: World) -> Index:
    with world.ports.database.read() as work:
        return work.indexes.get(world.index)


def derived(world: World) -> dict[str, Any]:
    stored = indexes.all_documents(world.ports, world.index)
    return {one.document.id: one.document.derived for one in stored}


def passing(world: World, raw: dict[str, Any]) -> set[str]:
    """Documents that a filter leaves, after checking that all who answer filters agree."""
    index = index_of(world)
    filter = filters.parse(raw, index.settings.filterable())
    with world.ports.database.read() as work:
        rows = work.documents.matching(world.index, filter=filter, now=world.now, limit=99)
        assert work.documents.count(world.index, filter=filter) == len(rows)
    in_sql = {row.document.id for row in rows}
    stored = [one.document for one in indexes.all_documents(world.ports, world.index)]
    assert in_sql == {one.id for one in stored if filters.matches(filter, one.filterable())}
    words = [Content(text="A thing")]
    vector = world.ports.embedder.embed(
        index.settings.embedder, words, Purpose.QUERY, dimensions=index.settings.dimensions
    )[0]
    hits = world.ports.vectors.search(
        index.serving(), vector, modalities=[Modality.TEXT], limit=99, filter=filter
    )
    assert in_sql == {hit.document_id for hit in hits}
    found = world.ports.vectors.search_text(index.serving(), "thing", limit=99, filter=filter)
    assert in_sql == {hit.document_id for hit in found}
    return in_sql


def test_a_document_gets_the_words_that_fit_its_pictures(world: World) -> None:
    fill(world)
    assert derived(world) == {
        "a": {"colour": ["red"]},
        "b": {"colour": ["red", "blue"], "shade": ["black"]},
        "c": {},
        "d": {},
        "e": {"colour": ["green"]},
    }
    assert world.stored("a").document.attributes == {"price": 1}


def test_a_new_version_gets_new_tags(world: World) -> None:
    fill(world)
    send(world, shown("a", "green"), document("b"))
    assert derived(world)["a"] == {"colour": ["green"]}
    assert derived(world)["b"] == {}
    assert passing(world, {"colour": {"any": ["red"]}}) == set()


def test_tags_filter_like_declared_ones(world: World) -> None:
    fill(world)
    assert passing(world, {"colour": {"any": ["red", "green"]}}) == {"a", "b", "e"}
    assert passing(world, {"colour": {"all": ["red", "blue"]}}) == {"b"}
    assert passing(world, {"colour": {"none": ["red"]}}) == {"c", "d", "e"}
    assert passing(world, {"colour": {"exists": False}}) == {"c", "d"}
    assert passing(world, {"price": {"lt": 5}, "not": {"shade": {"exists": True}}}) == {"a"}
    with pytest.raises(InputError, match=r"filter\.colour\.eq"):
        passing(world, {"colour": "red"})


COMPARED = st.builds(
    lambda name, operator, words: {name: {operator: words}},
    st.sampled_from(["colour", "shade"]),
    st.sampled_from(["any", "all", "none"]),
    st.lists(st.sampled_from(["red", "green", "blue", "black", "white"]), max_size=3),
) | st.builds(
    lambda name, there: {name: {"exists": there}},
    st.sampled_from(["colour", "shade", "price"]),
    st.booleans(),
)


def test_all_stores_agree_on_any_filter(world: World) -> None:
    fill(world)

    @given(raw=st.lists(COMPARED, min_size=1, max_size=3), joined=st.sampled_from(["any", "all"]))
    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def check(raw: list[dict[str, Any]], joined: str) -> None:
        passing(world, {joined: raw})
        passing(world, {"not": {joined: raw}})

    check()


def test_documents_are_deleted_by_their_tags(world: World) -> None:
    fill(world)
    assert change.delete_matching(world.ports, world.index, {"colour": {"any": ["red"]}}) == 2
    assert set(world.titles()) == {"c", "d", "e"}


def test_a_patch_keeps_the_tags(world: World) -> None:
    fill(world)
    change.patch(world.ports, world.index, "a", {"attributes": {"price": 7}})
    assert derived(world)["a"] == {"colour": ["red"]}
    assert passing(world, {"price": 7, "colour": {"any": ["red"]}}) == {"a"}


@pytest.mark.parametrize("value", [["blue"], None])
def test_a_patch_cannot_write_them(world: World, value: Any) -> None:
    fill(world)
    with pytest.raises(InputError) as caught:
        change.patch(world.ports, world.index, "a", {"attributes": {"colour": value}})
    assert caught.value.fields[0].field == "attributes.colour"


def test_a_document_cannot_give_them(world: World) -> None:
    with pytest.raises(InputError) as caught:
        world.accept(document("a"), document("b", attributes={"shade": ["black"]}))
    assert caught.value.fields[0].field == "documents[1].attributes.shade"


def test_a_rebuild_finds_them_anew(world: World) -> None:
    fill(world)
    job = rebuild.start(world.ports, world.index, tags={"paint": ["red", "yellow"]}, dimensions=32)
    world.queue.drain()
    assert world.job(job.id).state is JobState.SUCCEEDED
    red, yellow = {"paint": ["red"]}, {"paint": ["yellow"]}
    assert derived(world) == {"a": red, "b": red, "c": yellow, "d": {}, "e": {}}
    assert passing(world, {"paint": {"any": ["yellow"]}}) == {"c"}
    rebuild.start(world.ports, world.index, tags={})
    world.queue.drain()
    assert set(map(str, derived(world).values())) == {"{}"}


def test_what_is_not_named_in_a_rebuild_stays(world: World) -> None:
    rebuild.start(world.ports, world.index, dimensions=32)
    world.queue.drain()
    assert index_of(world).settings.tags == {name: tuple(words) for name, words in TAGS.items()}


def test_writes_and_patches_meanwhile_are_tagged_for_both_collections(world: World) -> None:
    fill(world)
    rebuild.start(world.ports, world.index, tags={"paint": ["yellow", "green"]})
    waiting, world.queue.waiting = world.queue.waiting, []
    send(world, shown("a", "green"), shown("f", "yellow", "red"))
    change.patch(world.ports, world.index, "f", {"attributes": {"price": 3}})
    assert passing(world, {"colour": {"any": ["green"]}}) == {"a", "e"}  # still the old ones
    assert derived(world)["f"] == {"colour": ["red"]}
    world.queue.waiting = waiting
    world.queue.drain()
    assert passing(world, {"paint": {"any": ["green"]}}) == {"a", "e"}
    assert passing(world, {"paint": {"any": ["yellow"]}, "price": 3}) == {"f"}
    assert derived(world)["f"] == {"paint": ["yellow"]}


def test_another_model_judges_anew(world: World) -> None:
    fill(world)
    world.embed_with(HashingEmbedder(revision="blind"))
    rebuild.start(world.ports, world.index)
    world.queue.drain()
    tags = derived(world)
    assert tags["a"].get("colour") != ["red"] or tags["e"].get("colour") != ["green"]
    for words in ("red", "green", "blue"):
        expected = {name for name, found in tags.items() if words in found.get("colour", [])}
        assert passing(world, {"colour": {"any": [words]}}) == expected


def test_an_attribute_of_a_new_tags_name_fails_the_rebuild(world: World) -> None:
    fill(world)
    job = rebuild.start(world.ports, world.index, tags={"material": ["wood", "metal"]})
    with pytest.raises(InputError, match="material"):
        world.accept(document("z", attributes={"material": "metal"}))
    world.queue.drain()
    ended = world.job(job.id)
    assert ended.state is JobState.FAILED
    assert ended.error is not None
    assert "material" in ended.error.detail
    assert "'e'" in ended.error.detail
    assert passing(world, {"colour": {"any": ["green"]}}) == {"e"}


def test_other_words_are_a_conflict(world: World) -> None:
    with pytest.raises(Conflict, match="tags"):
        indexes.create(world.ports, world.index, attributes=ATTRIBUTES, tags={"colour": ["red"]})
    assert not indexes.create(world.ports, world.index, attributes=ATTRIBUTES, tags=TAGS)[1]


@pytest.mark.parametrize(
    ("tags", "field"),
    [
        ({"Colour": ["red"]}, "tags.Colour"),
        ({"any": ["red"]}, "tags.any"),
        ({"price": ["cheap"]}, "tags.price"),
        ({"colour": []}, "tags.colour"),
        ({"colour": [f"word {n}" for n in range(201)]}, "tags.colour"),
        ({"colour": ["red", " "]}, "tags.colour[1]"),
        ({"colour": ["r" * 65]}, "tags.colour[0]"),
        ({"colour": ["red|blue"]}, "tags.colour[0]"),
        ({"colour": ["red", "Red"]}, "tags.colour[1]"),
        ({"colour": ["a\0b"]}, "tags.colour[0]"),
        ({f"t{n}": ["x"] for n in range(17)}, "tags"),
    ],
)
def test_tags_that_cannot_be_are_refused_by_field(world: World, tags: Any, field: str) -> None:
    with pytest.raises(InputError) as caught:
        indexes.create(world.ports, "another", attributes=ATTRIBUTES, tags=tags)
    assert caught.value.fields[0].field == field


def test_an_embedder_without_pictures_is_refused(world: World) -> None:
    world.embed_with(HashingEmbedder(modalities=frozenset({Modality.TEXT})))
    with pytest.raises(InputError) as caught:
        indexes.create(world.ports, "another", tags=TAGS)
    assert caught.value.fields[0].field == "tags"
