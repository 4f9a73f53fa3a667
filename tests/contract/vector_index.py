"""What every vector index must do. Subclass it, provide `vectors`, get the tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import numpy as np
import pytest

from services.core.errors import Conflict, IndexDown
from services.core.filters import parse
from services.core.ids import view_id
from services.core.ports.index import VectorIndex
from services.core.types.documents import Json
from services.core.types.indexes import AttributeType, Collection, Hnsw, IndexSettings
from services.core.types.search import DocumentRow, ViewRow
from services.core.types.vectors import Modality, Vector

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ALL = tuple(Modality)
TEXT, IMAGE = Modality.TEXT, Modality.IMAGE
ATTRIBUTES = {"price": AttributeType.NUMBER, "tags": AttributeType.TAGS}
SETTINGS = IndexSettings(dimensions=8, attributes=ATTRIBUTES)
_numbers = count(1)


def near(axis: int, other: int = 0, share: float = 0.0) -> Vector:
    """A unit vector along `axis`, leaning towards `other`."""
    vector = np.zeros(8, dtype=np.float32)
    vector[axis] += 1.0 - share
    vector[other] += share
    return vector / np.linalg.norm(vector)


def view(
    document: str,
    vector: Vector,
    *,
    modality: Modality = TEXT,
    ordinal: int = 0,
    attributes: Mapping[str, Json] | None = None,
    expires_at: datetime | None = None,
) -> ViewRow:
    key = view_id(document, modality, ordinal)
    return ViewRow(key, document, modality, vector, attributes or {}, expires_at)


def words(document: str, title: str, body: str = "", **attributes: Json) -> DocumentRow:
    return DocumentRow(document, title, body, attributes, None)


class VectorIndexContract:
    """Provide a fixture `vectors`; every test uses an index name of its own in it."""

    @pytest.fixture
    def shop(self, vectors: VectorIndex) -> Iterator[Collection]:
        collection = Collection(f"shop{next(_numbers)}", 1, SETTINGS)
        vectors.create(collection)
        yield collection
        vectors.drop(collection)

    def found(self, vectors: VectorIndex, shop: Collection, vector: Vector, **how) -> list[str]:
        how = {"modalities": ALL, "limit": 10} | how
        return [hit.view_id for hit in vectors.search(shop, vector, **how)]

    def test_what_is_written_is_found_with_its_cosine(self, vectors, shop) -> None:
        vectors.upsert(shop, [view("a", near(0)), view("b", near(0, 1, 0.5))], [])
        hits = vectors.search(shop, near(0), modalities=ALL, limit=10)
        assert [(hit.view_id, hit.document_id, hit.modality) for hit in hits] == [
            ("a:text:0", "a", TEXT),
            ("b:text:0", "b", TEXT),
        ]
        assert [hit.score for hit in hits] == pytest.approx([1.0, 0.5**0.5], abs=1e-5)

    def test_equal_scores_are_ordered_by_view_id(self, vectors, shop) -> None:
        vectors.upsert(shop, [view(document, near(0)) for document in "cab"], [])
        assert self.found(vectors, shop, near(0)) == ["a:text:0", "b:text:0", "c:text:0"]

    def test_only_the_modalities_asked_for_are_searched(self, vectors, shop) -> None:
        rows = [view("a", near(0)), view("a", near(0), modality=IMAGE)]
        vectors.upsert(shop, rows, [])
        assert self.found(vectors, shop, near(0), modalities=(IMAGE,)) == ["a:image:0"]
        assert len(self.found(vectors, shop, near(0), modalities=(TEXT, IMAGE))) == 2
        assert self.found(vectors, shop, near(0), modalities=()) == []

    @pytest.mark.parametrize("ef", [1, 16, 512])
    def test_how_far_it_looks_is_no_less_than_what_is_asked_for(self, vectors, shop, ef) -> None:
        vectors.upsert(shop, [view(document, near(0)) for document in "cab"], [])
        found = self.found(vectors, shop, near(0), ef=ef)
        assert found == ["a:text:0", "b:text:0", "c:text:0"]

    def test_writing_twice_changes_nothing(self, vectors, shop) -> None:
        rows, documents = [view("a", near(0))], [words("a", "red mug")]
        for _ in range(2):
            vectors.upsert(shop, rows, documents, obsolete=["a:text:1"])
        assert vectors.stats(shop).views["text"] == 1
        assert vectors.stats(shop).documents == 1

    def test_a_second_write_replaces_vector_columns_and_text(self, vectors, shop) -> None:
        old = view("a", near(0), attributes={"price": 5}, expires_at=NOW)
        vectors.upsert(shop, [old], [words("a", "red mug")])
        vectors.upsert(shop, [view("a", near(1))], [words("a", "blue lamp")])
        assert vectors.vectors(shop, ["a:text:0"])["a:text:0"] == pytest.approx(near(1))
        priced = parse({"price": {"exists": True}}, ATTRIBUTES)
        assert self.found(vectors, shop, near(1), filter=priced) == []
        assert self.found(vectors, shop, near(1), now=NOW) == ["a:text:0"]
        assert vectors.search_text(shop, "mug", limit=5) == []
        assert vectors.search_text(shop, "lamp", limit=5)[0].document_id == "a"

    def test_obsolete_views_go_but_not_those_written(self, vectors, shop) -> None:
        vectors.upsert(shop, [view("a", near(0), ordinal=number) for number in range(3)], [])
        keys = ["a:text:0", "a:text:1", "a:text:2"]
        vectors.upsert(shop, [view("a", near(0))], [], obsolete=keys)
        assert self.found(vectors, shop, near(0)) == ["a:text:0"]

    @pytest.mark.parametrize(
        "vector",
        [np.zeros(8), np.full(8, np.nan), np.ones(8), np.eye(9)[0]],
        ids=["zero", "nan", "long", "nine dimensions"],
    )
    def test_a_bad_vector_is_refused_and_nothing_is_written(self, vectors, shop, vector) -> None:
        bad = view("b", vector.astype(np.float32))
        with pytest.raises(ValueError, match="vector"):
            vectors.upsert(shop, [view("a", near(0)), bad], [])
        with pytest.raises(ValueError, match="vector"):
            vectors.search(shop, bad.vector, modalities=ALL, limit=1)
        assert list(vectors.view_ids(shop)) == []

    def test_a_view_cannot_be_written_to_another_partition(self, vectors, shop) -> None:
        moved = replace(view("a", near(0)), modality=IMAGE)
        with pytest.raises(ValueError, match="view"):
            vectors.upsert(shop, [moved], [])

    def test_deleted_rows_are_gone_and_may_be_deleted_again(self, vectors, shop) -> None:
        rows = [view("a", near(0)), view("b", near(0))]
        vectors.upsert(shop, rows, [words("a", "mug"), words("b", "mug")])
        for _ in range(2):
            vectors.delete(shop, ["a"], ["a:text:0", "never:text:0"])
        assert list(vectors.view_ids(shop)) == ["b:text:0"]
        assert list(vectors.document_ids(shop)) == ["b"]
        assert [hit.document_id for hit in vectors.search_text(shop, "mug", limit=5)] == ["b"]

    def test_a_deleted_view_can_be_written_again(self, vectors, shop) -> None:
        for _ in range(2):
            vectors.upsert(shop, [view("a", near(0))], [])
            vectors.delete(shop, [], ["a:text:0"])
        vectors.upsert(shop, [view("a", near(0))], [])
        assert self.found(vectors, shop, near(0)) == ["a:text:0"]

    def test_columns_change_while_vector_and_text_stay(self, vectors, shop) -> None:
        rows = [view("a", near(2), attributes={"price": 5, "tags": ["x"]})]
        vectors.upsert(shop, rows, [words("a", "mug", price=5)])
        keys = ["a:text:0", "absent:text:0"]
        later = NOW + timedelta(days=1)
        vectors.update_columns(shop, "a", keys, attributes={"price": 9}, expires_at=later)
        dear = parse({"price": 9, "tags": {"exists": False}}, ATTRIBUTES)
        assert self.found(vectors, shop, near(2), filter=dear, now=NOW) == ["a:text:0"]
        assert self.found(vectors, shop, near(2), now=later) == []
        assert vectors.vectors(shop, keys)["a:text:0"] == pytest.approx(near(2))
        assert vectors.search_text(shop, "mug", limit=5, filter=dear, now=NOW)
        assert vectors.search_text(shop, "mug", limit=5, now=later) == []
        assert vectors.stats(shop).views["text"] == 1

    def test_found_tags_stay_when_columns_change(self, vectors) -> None:
        settings = replace(SETTINGS, tags={"colour": ("navy", "red"), "cut": ("slim",)})
        shop = Collection(f"shop{next(_numbers)}", 1, settings)
        vectors.create(shop)
        attributes = {"price": 5, "colour": ["navy"]}
        vectors.upsert(
            shop, [view("a", near(2), attributes=attributes)], [words("a", "mug", **attributes)]
        )
        vectors.update_columns(shop, "a", ["a:text:0"], attributes={"price": 9}, expires_at=None)
        wanted = {"price": 9, "colour": {"any": ["navy"]}, "cut": {"exists": False}}
        navy = parse(wanted, settings.filterable())
        assert self.found(vectors, shop, near(2), filter=navy) == ["a:text:0"]
        assert vectors.search_text(shop, "mug", limit=5, filter=navy)
        red = parse({"colour": {"any": ["red"]}}, settings.filterable())
        assert self.found(vectors, shop, near(2), filter=red) == []

    def test_a_filter_leaves_only_what_matches(self, vectors, shop) -> None:
        rows = [view(f"d{n}", near(0, 1, n / 20), attributes={"price": n}) for n in range(9)]
        rows.append(view("free", near(0)))
        vectors.upsert(shop, rows, [])
        cheap = parse({"price": {"lt": 3}}, ATTRIBUTES)
        expected = ["d0:text:0", "d1:text:0", "d2:text:0"]
        assert self.found(vectors, shop, near(0), filter=cheap) == expected
        others = parse({"not": {"price": {"lt": 8}}}, ATTRIBUTES)
        assert self.found(vectors, shop, near(0), filter=others) == ["free:text:0", "d8:text:0"]

    def test_what_has_expired_is_found_only_without_now(self, vectors, shop) -> None:
        rows = [
            view("old", near(0), expires_at=NOW),
            view("new", near(0), expires_at=NOW + timedelta(seconds=1)),
            view("ever", near(0)),
        ]
        vectors.upsert(shop, rows, [])
        assert self.found(vectors, shop, near(0), now=NOW) == ["ever:text:0", "new:text:0"]
        assert len(self.found(vectors, shop, near(0))) == 3

    def test_exact_scoring_skips_absent_ids(self, vectors, shop) -> None:
        rows = [view(document, near(0, 1, share)) for document, share in (("a", 0.5), ("b", 0))]
        vectors.upsert(shop, [*rows, view("c", near(0))], [])
        keys = ["a:text:0", "b:text:0", "absent:text:0"]
        hits = vectors.search_among(shop, near(0), view_ids=keys, limit=5)
        assert [hit.view_id for hit in hits] == ["b:text:0", "a:text:0"]
        assert [hit.score for hit in hits] == pytest.approx([1.0, 0.5**0.5], abs=1e-5)
        assert vectors.search_among(shop, near(0), view_ids=keys, limit=1) == hits[:1]
        assert vectors.search_among(shop, near(0), view_ids=[], limit=5) == []

    def test_words_are_found_in_title_and_body_each_document_once(self, vectors, shop) -> None:
        documents = [
            words("both", "Leopard case", "A case with leopard print"),
            words("body", "Case", "leopard"),
            words("none", "Lamp", "It shines"),
            words("empty", "", ""),
        ]
        vectors.upsert(shop, [], documents)
        hits = vectors.search_text(shop, "leopard", limit=10)
        assert [(hit.document_id, hit.rank) for hit in hits] == [("both", 1), ("body", 2)]
        assert vectors.search_text(shop, "leopard", limit=1) == hits[:1]
        assert vectors.search_text(shop, "unheard", limit=10) == []
        assert vectors.search_text(shop, " ?!", limit=10) == []

    def test_ids_and_counts_tell_what_is_held(self, vectors, shop) -> None:
        rows = [view(f"d{n}", near(n % 8), modality=IMAGE) for n in range(30)]
        vectors.upsert(shop, [*rows, view("d0", near(0))], [words(f"d{n}", "x") for n in range(5)])
        assert sorted(vectors.view_ids(shop)) == sorted([*(row.id for row in rows), "d0:text:0"])
        assert sorted(vectors.document_ids(shop)) == [f"d{n}" for n in range(5)]
        stats = vectors.stats(shop)
        assert dict(stats.views) == {
            modality.value: {IMAGE: 30, TEXT: 1}.get(modality, 0) for modality in Modality
        }
        assert stats.documents == 5

    def test_creating_again_keeps_rows_and_other_settings_conflict(self, vectors, shop) -> None:
        vectors.upsert(shop, [view("a", near(0))], [])
        vectors.create(shop)
        assert self.found(vectors, shop, near(0)) == ["a:text:0"]
        for settings in (
            replace(SETTINGS, dimensions=16),
            replace(SETTINGS, attributes={}),
            replace(SETTINGS, hnsw=Hnsw(m=8)),
        ):
            with pytest.raises(Conflict):
                vectors.create(replace(shop, settings=settings))

    def test_generations_are_apart_and_the_serving_one_is_not_dropped(self, vectors, shop) -> None:
        second = replace(shop, generation=2)
        vectors.create(second)
        vectors.upsert(shop, [view("a", near(0))], [])
        assert list(vectors.view_ids(second)) == []
        vectors.serve(shop)
        vectors.serve(second)
        assert vectors.generations(shop.index) == (1, 2)
        assert vectors.generations(f"{shop.index}x") == ()
        with pytest.raises(Conflict, match="serve"):
            vectors.drop(second)
        for _ in range(2):
            vectors.withdraw(shop.index)
            vectors.drop(second)
        assert vectors.generations(shop.index) == (1,)

    def test_a_collection_that_is_not_there_is_said_to_be_missing(self, vectors, shop) -> None:
        with pytest.raises(IndexDown):
            self.found(vectors, replace(shop, generation=99), near(0))
