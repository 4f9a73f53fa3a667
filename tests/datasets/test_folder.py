"""A folder of ours is read with the grades of its queries."""

import json
from pathlib import Path

import pytest

from datasets.errors import DatasetError
from datasets.folder import Folder
from datasets.records import Totals
from tests.datasets.conftest import write_lines


def test_products_have_their_words_media_and_facts(catalog: Path) -> None:
    a, b, c = Folder(catalog).products()
    assert (a.title, a.images, a.attributes) == (
        "A",
        ((catalog / "images/a.jpg").resolve(),),
        {"price": 2.5},
    )
    assert (b.description, b.sku, b.signals) == ("only words", "B-1", {"stock": 3})
    assert c.images == ((catalog / "images/gone.jpg").resolve(), "https://x.test/c.jpg")


def test_queries_have_their_grades_and_kinds(catalog: Path) -> None:
    found = {one.id: one for one in Folder(catalog).queries()}
    assert [one.type for one in found.values()] == [
        "text",
        "image",
        "text",
        "composed",
        "audio",
        "text",
    ]
    assert found["q1"].grades == {"a": 3, "b": 0, "c": 1}
    assert found["q6"].grades == {}
    assert (found["q1"].category, found["q3"].paraphrase_of) == ("things", "q1")


def test_reading_goes_on_after_any_cursor(catalog: Path) -> None:
    for read in (Folder(catalog).products, Folder(catalog).queries):
        everything = list(read())
        for at, one in enumerate(everything, start=1):
            assert list(read(one.cursor)) == everything[at:]


def test_a_catalog_without_queries_has_none(catalog: Path) -> None:
    assert Folder(catalog).totals() == Totals(3, 6)
    (catalog / "queries.jsonl").unlink()
    assert list(Folder(catalog).queries()) == []
    assert Folder(catalog).totals() == Totals(3, 0)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ({"title": "no id"}, "products.jsonl:1 needs id"),
        ({"id": "two words"}, "products.jsonl:1 needs id"),
        ({"id": "a", "images": "a.jpg"}, "images must be a list"),
        ({"id": "a", "images": [1]}, "must be a path"),
        ({"id": "a", "images": ["../../etc/passwd"]}, "leads out of the folder"),
        ({"id": "a", "attributes": []}, "attributes must be an object"),
        (["a"], "must be a JSON object"),
    ],
)
def test_a_product_that_is_wrong_is_named(tmp_path: Path, line: object, said: str) -> None:
    write_lines(tmp_path / "products.jsonl", [line])
    with pytest.raises(DatasetError, match=said):
        list(Folder(tmp_path).products())


@pytest.mark.parametrize("row", ["q1 0 a", "q1 0 a high", "q1 0 a 1.5"])
def test_a_judgment_that_is_wrong_is_named(catalog: Path, row: str) -> None:
    (catalog / "qrels.txt").write_text(f"q1 0 b 1\n{row}\n", "utf-8")
    with pytest.raises(DatasetError, match=r"qrels\.txt:2 must be"):
        list(Folder(catalog).queries())


def test_a_query_needs_something_to_ask_with(catalog: Path) -> None:
    (catalog / "queries.jsonl").write_text(json.dumps({"query_id": "q1"}), "utf-8")
    with pytest.raises(DatasetError, match=r"queries\.jsonl:1 needs a text"):
        list(Folder(catalog).queries())


def test_an_empty_folder_says_what_it_lacks(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"neither products\.jsonl nor documents\.jsonl"):
        list(Folder(tmp_path).products())
