"""Each size is measured as an index of that size would answer, on vectors embedded once."""

import json
from pathlib import Path

import numpy as np
import pytest

from datasets.sample_catalog import generate
from services.core.errors import InputError
from services.core.storage_estimate import gib_per_million
from services.core.types.vectors import Content, Modality, Purpose
from services.core.vectors import fuse
from services.insight import embedding, matryoshka, query_set
from services.insight.metrics import measure
from services.insight.query_set import QuerySet
from services.insight.ranking import rank
from tests.contract.hashing_embedder import HashingEmbedder


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate(tmp_path_factory.mktemp("catalog") / "small", count=14).folder


@pytest.fixture(scope="module")
def asked(catalog: Path) -> QuerySet:
    return query_set.read(catalog)


class Counting(HashingEmbedder):
    """Remembers what it was asked to embed."""

    def embed(self, embedder, contents, purpose, *, dimensions=None):
        asked_for.extend((purpose, content.text, content.image) for content in contents)
        assert dimensions is None
        return super().embed(embedder, contents, purpose, dimensions=dimensions)


asked_for: list[tuple[Purpose, str | None, bytes | None]] = []


def test_the_sample_catalog_is_read_whole(asked: QuerySet) -> None:
    assert len(asked.documents) == 14
    assert {query.type for query in asked.queries} == {"text", "image", "composed"}
    assert all(max(grades.values()) == 3 for grades in asked.grades.values())


def test_a_row_per_size_with_what_it_takes(asked: QuerySet) -> None:
    found = matryoshka.report(asked, HashingEmbedder(), "hashing")
    assert [size.dimensions for size in found.sizes] == [64, 32, 16]
    assert [size.bytes_per_vector for size in found.sizes] == [256, 128, 64]
    assert [size.gib_per_million_views for size in found.sizes] == [
        gib_per_million(size) for size in (64, 32, 16)
    ]
    assert (found.documents, found.views) == (14, 42)
    assert found.sizes[0].kept == {"text": 1.0, "image": 1.0, "composed": 1.0}
    for size in found.sizes:
        assert all(-1 <= cut.min_score <= 1 for cut in size.cutoffs.values())
        assert size.cutoffs.keys() == size.quality.keys()
        for kind, share in size.kept.items():
            full = found.sizes[0].quality[kind].ndcg_at_10
            assert share == pytest.approx(size.quality[kind].ndcg_at_10 / full)


def test_what_is_kept_is_of_the_full_size_even_if_that_is_not_asked_for(asked: QuerySet) -> None:
    every = matryoshka.report(asked, HashingEmbedder(), "hashing")
    one = matryoshka.report(asked, HashingEmbedder(), "hashing", dimensions=[32])
    assert one.sizes == every.sizes[1:2]


def test_every_content_is_embedded_once(asked: QuerySet) -> None:
    asked_for.clear()
    seen: list[tuple[int, int]] = []
    matryoshka.report(
        asked, Counting(), "hashing", progress=lambda done, total: seen.append((done, total))
    )
    assert len(asked_for) == len(set(asked_for))
    assert seen[-1] == (len(asked_for), len(asked_for))


@pytest.mark.parametrize("dimensions", [64, 16])
def test_a_ranking_is_that_of_every_view_scored_one_by_one(
    asked: QuerySet, dimensions: int
) -> None:
    client = HashingEmbedder()
    embedded = embedding.embed(asked, client, "hashing")
    names = [one.id for one in asked.documents]
    kinds = (Modality.TEXT, Modality.COMBINED)
    rankings = rank(embedded, names, dimensions=dimensions, modalities=kinds)

    def vector(content: Content, purpose: Purpose) -> np.ndarray:
        return client.embed("hashing", [content], purpose, dimensions=dimensions)[0]

    def best(query: np.ndarray, place: int) -> float:
        document = asked.documents[place]
        words = vector(Content(text=document.text), Purpose.INDEX)
        image = vector(Content(image=document.images[0].read_bytes()), Purpose.INDEX)
        return max(float(query @ words), float(query @ fuse([words, image], [1.0, 1.0])))

    composed = next(query for query in asked.queries if query.type == "composed")
    assert composed.image is not None
    parts = [Content(text=composed.text), Content(image=composed.image.read_bytes())]
    query = fuse([vector(part, Purpose.QUERY) for part in parts], [1.0, 1.0])
    scores = [best(query, place) for place in range(len(names))]
    expected = sorted(scores, reverse=True)[:10]
    got = [scores[names.index(name)] for name in rankings[composed.id]]
    assert got == pytest.approx(expected, abs=1e-6)
    assert rankings.keys() == {one.id for one in asked.queries}
    assert measure(rankings, asked.grades).queries == len(asked.queries)


def test_equal_scores_keep_the_documents_order(tmp_path: Path) -> None:
    rows = [{"id": name, "title": "the same"} for name in ("c", "a", "b")]
    (tmp_path / "documents.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "queries.jsonl").write_text('{"query_id": "q", "text": "the same"}\n')
    (tmp_path / "qrels.txt").write_text("q 0 c 1\n")
    asked = query_set.read(tmp_path)
    embedded = embedding.embed(asked, HashingEmbedder(), "hashing")
    names = [one.id for one in asked.documents]
    ranked = rank(embedded, names, dimensions=64, modalities=[Modality.TEXT])
    assert ranked == {"q": ["a", "b", "c"]}


def test_what_an_embedder_cannot_take_is_left_out(asked: QuerySet) -> None:
    words = HashingEmbedder(modalities=frozenset({"text"}))
    found = matryoshka.report(asked, words, "hashing")
    assert found.views == 14
    assert found.sizes[0].quality.keys() == {"text"}
    with pytest.raises(InputError, match="none of these"):
        matryoshka.report(asked, words, "hashing", modalities=[Modality.IMAGE])


def test_a_joint_embedder_takes_both_at_once(asked: QuerySet) -> None:
    embedded = embedding.embed(asked, HashingEmbedder(joint=True), "hashing")
    keys = [keys for query, keys in embedded.queries if query.type == "composed"]
    assert keys
    assert all(len(each) == 1 and None not in each[0] for each in keys)


def test_a_size_that_is_not_offered_is_refused_with_those_that_are(asked: QuerySet) -> None:
    with pytest.raises(InputError, match=r"100 .*64, 32, 16") as caught:
        matryoshka.report(asked, HashingEmbedder(), "hashing", dimensions=[64, 100])
    assert caught.value.fields[0].field == "dimensions"
