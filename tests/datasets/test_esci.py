"""ESCI is read by marketplace and split, with graded labels and the pictures of SQID."""

from pathlib import Path
from typing import Any

import pyarrow
import pytest
from pyarrow import parquet

from datasets.errors import DatasetError
from datasets.esci import Esci, open_esci
from datasets.registry import open_dataset
from tests.datasets.conftest import write_csv

EXAMPLES: list[dict[str, Any]] = [
    {
        "example_id": number,
        "query": query,
        "query_id": query_id,
        "product_id": product,
        "product_locale": locale,
        "esci_label": label,
        "small_version": small,
        "large_version": 1,
        "split": split,
    }
    for number, (query, query_id, product, locale, label, small, split) in enumerate(
        [
            ("revent 80 cfm", 11, "B1", "us", "E", 1, "test"),
            ("revent 80 cfm", 11, "B2", "us", "S", 1, "test"),
            ("no screwdriver", 9, "B3", "us", "I", 1, "test"),
            ("no screwdriver", 9, "B2", "us", "E", 1, "test"),
            ("lámpara", 20, "B4", "es", "E", 1, "test"),
            ("easy one", 30, "B1", "us", "E", 0, "test"),
            ("trained", 40, "B1", "us", "C", 1, "train"),
            ("revent 80 cfm", 11, "B3", "us", "C", 1, "test"),
        ]
    )
]
PRODUCTS: list[dict[str, Any]] = [
    {
        "product_id": id,
        "product_title": title,
        "product_description": description,
        "product_bullet_point": bullets,
        "product_brand": brand,
        "product_color": None,
        "product_locale": locale,
    }
    for id, title, description, bullets, brand, locale in [
        ("B1", "A fan", "<b>Quiet</b> fan", "80 CFM\nWhite", "Panasonic", "us"),
        ("B4", "Lámpara", None, None, "IKEA", "es"),
        ("B2", "Another fan", None, None, None, "us"),
        ("B3", "A lamp", None, "Bright", "", "us"),
    ]
]


def write_table(path: Path, rows: list[dict[str, Any]], **how: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    parquet.write_table(pyarrow.Table.from_pylist(rows), path, **how)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The clone of the repository, with the tables of SQID's beside it; two rows a row group."""
    tables = tmp_path / "esci/shopping_queries_dataset"
    prefix = "shopping_queries_dataset"
    write_table(tables / f"{prefix}_examples.parquet", EXAMPLES, row_group_size=2)
    write_table(tables / f"{prefix}_products.parquet", PRODUCTS, row_group_size=2)
    film = "https://m.media-amazon.com/images/G/01/digital/video/web/Default_Background_Art_LTR.jpg"
    write_csv(
        tmp_path / "esci/sqid/product_image_urls.csv",
        [
            ("product_id", "image_url"),
            ("B1", "https://m.media-amazon.com/images/I/1.jpg"),
            ("B2", ""),
            ("B3", film),
        ],
    )
    supplement = [{"product_id": "B2", "image_url": "https://m.media-amazon.com/images/I/2.jpg"}]
    write_table(tmp_path / "esci/data/supp_product_image_urls.parquet", supplement)
    return tmp_path / "esci"


def us_test(folder: Path) -> Esci:
    return open_esci(folder, split="test", locale="us")


def test_labels_become_grades(folder: Path) -> None:
    found = list(us_test(folder).queries())
    assert [(one.id, one.text, one.grades) for one in found] == [
        ("9", "no screwdriver", {"B3": 0, "B2": 3}),
        ("11", "revent 80 cfm", {"B1": 3, "B2": 2, "B3": 1}),
    ]


@pytest.mark.parametrize(
    ("split", "locale", "ids"),
    [
        ("large-test", "us", ["9", "11", "30"]),
        ("train", "us", ["40"]),
        ("test", "es", ["20"]),
        ("test", "jp", []),
    ],
)
def test_each_part_has_its_own_queries(
    folder: Path, split: str, locale: str, ids: list[str]
) -> None:
    data = open_dataset("esci", folder, split=split, locale=locale)
    assert [one.id for one in data.queries()] == ids


def test_products_of_a_marketplace_have_their_pictures(folder: Path) -> None:
    fan, other, lamp = us_test(folder).products()
    assert (fan.id, fan.title) == ("B1", "A fan")
    assert fan.description == "Quiet fan\n80 CFM White"
    assert fan.images == ("https://m.media-amazon.com/images/I/1.jpg",)
    assert fan.attributes == {"brand": "Panasonic"}
    assert other.images == ("https://m.media-amazon.com/images/I/2.jpg",)
    assert (lamp.images, lamp.attributes) == ((), {})


def test_reading_goes_on_after_any_cursor(folder: Path) -> None:
    for read in (us_test(folder).products, us_test(folder).queries):
        everything = list(read())
        for at, one in enumerate(everything, start=1):
            assert list(read(one.cursor)) == everything[at:]


def test_what_is_wrong_is_named(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no tables of ESCI"):
        us_test(tmp_path)
    tables = folder / "shopping_queries_dataset"
    examples = tables / "shopping_queries_dataset_examples.parquet"
    write_table(examples, [EXAMPLES[0] | {"esci_label": "X"}])
    with pytest.raises(DatasetError, match=r"examples\.parquet, row 0: 'X' is not one of E"):
        list(us_test(folder).queries())
    write_table(examples, [{"query": "x"}])
    with pytest.raises(DatasetError, match="lacks the column query_id"):
        list(us_test(folder).queries())
    examples.write_text("version https://git-lfs.github.com/spec/v1\n", "utf-8")
    with pytest.raises(DatasetError, match="cannot be read as Parquet"):
        list(us_test(folder).queries())
    write_csv(folder / "sqid/product_image_urls.csv", [("asin", "url")])
    with pytest.raises(DatasetError, match="needs the columns product_id, image_url"):
        list(us_test(folder).products())
