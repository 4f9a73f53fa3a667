"""Grocery Store reads the same from either layout, and asks for products in three ways."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from datasets.errors import DatasetError
from datasets.grocery import open_grocery
from tests.datasets.conftest import write_csv

SHARED = Path(__file__).parents[2].parent / "shared" / "data" / "grocery"
RED, YELLOW, ZUCCHINI = "0", "1", "2"


def test_both_layouts_have_the_same_products(
    published_grocery: Path, reduced_grocery: Path
) -> None:
    bare = [
        [replace(one, images=()) for one in open_grocery(folder).products()]
        for folder in (published_grocery, published_grocery / "dataset", reduced_grocery)
    ]
    assert bare[0] == bare[1] == bare[2]
    assert [one.title for one in bare[0]] == ["Red Bell Pepper", "Yellow Bell Pepper", "Zucchini"]
    assert bare[0][0].attributes == {"category": "Pepper", "department": "Vegetables"}
    assert bare[0][0].description == "A Red-Bell-Pepper."


@pytest.mark.parametrize("layout", ["published_grocery", "reduced_grocery"])
def test_every_picture_is_a_file(layout: str, request: pytest.FixtureRequest) -> None:
    data = open_grocery(request.getfixturevalue(layout))
    pictures = [one.images[0] for one in data.products()]
    pictures += [one.image for one in data.queries() if one.image is not None]
    assert len(pictures) == 3 + 3 + 2
    assert all(isinstance(one, Path) and one.is_file() for one in pictures)


def test_a_photo_asks_for_its_product_before_its_kin(reduced_grocery: Path) -> None:
    found = {one.id: one for one in open_grocery(reduced_grocery).queries()}
    assert found["photo-val_0000"].grades == {RED: 2, YELLOW: 1}
    assert found["photo-val_0002"].grades == {ZUCCHINI: 2}
    assert found["photo-val_0000"].type == "image"


def test_composed_queries_need_the_photo_and_the_words(published_grocery: Path) -> None:
    composed = [one for one in open_grocery(published_grocery).queries() if one.type == "composed"]
    assert [(one.text, one.grades) for one in composed] == [
        ("yellow instead", {YELLOW: 2}),
        ("red instead", {RED: 2}),
    ]


def test_words_have_a_paraphrase(reduced_grocery: Path) -> None:
    words = [one for one in open_grocery(reduced_grocery).queries() if one.type == "text"]
    assert [one.text for one in words[-2:]] == ["Zucchini", "I am looking for zucchini"]
    assert words[1].text == "I am looking for red bell pepper, a kind of pepper"
    assert (words[1].paraphrase_of, words[1].grades) == (words[0].id, words[0].grades)


def test_a_split_has_its_own_photos(reduced_grocery: Path) -> None:
    train = open_grocery(reduced_grocery, split="train")
    photos = [one.id for one in train.queries() if one.id.startswith("photo")]
    assert photos == ["photo-train_0000"]
    with pytest.raises(DatasetError, match="val, train, test"):
        open_grocery(reduced_grocery, split="dev")


def test_reading_goes_on_after_any_cursor(published_grocery: Path) -> None:
    data = open_grocery(published_grocery)
    for read in (data.products, data.queries):
        everything = list(read())
        for at, one in enumerate(everything, start=1):
            assert list(read(one.cursor)) == everything[at:]
    assert data.totals().queries == len(list(data.queries()))


def test_what_is_wrong_is_named_with_its_line(reduced_grocery: Path, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"classes\.csv"):
        open_grocery(tmp_path)
    write_csv(
        reduced_grocery / "photos.csv",
        [("file", "product_id", "split"), ("photos/a.jpg", 99, "val")],
    )
    with pytest.raises(DatasetError, match=r"photos\.csv:2: 99 is not a product"):
        list(open_grocery(reduced_grocery).queries())


@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data/grocery is not here")
def test_the_reduced_copy_is_whole() -> None:
    data = open_grocery(SHARED)
    queries = list(data.queries())
    assert Counter(one.type for one in queries) == {"text": 162, "image": 296, "composed": 138}
    assert len({one.id for one in queries}) == len(queries)
    assert data.totals().products == 81
