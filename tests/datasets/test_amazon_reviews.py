"""Amazon Reviews 2023 is read from one category or several, with ratings."""

import gzip
import json
from pathlib import Path

import pytest

from datasets.amazon_reviews import open_amazon_reviews
from datasets.errors import DatasetError
from tests.datasets.conftest import write_lines

BRUSH = {
    "main_category": "All Beauty",
    "title": "Howard &amp; Sons Brush",
    "average_rating": 4.8,
    "rating_number": 10,
    "features": ["Soft"],
    "description": ["A brush.", "Wooden."],
    "price": 12.5,
    "images": [
        {
            "thumb": "https://m.media-amazon.com/images/I/1._SS40_.jpg",
            "large": "https://m.media-amazon.com/images/I/1.jpg",
            "variant": "MAIN",
            "hi_res": "https://m.media-amazon.com/images/I/1._SL1500_.jpg",
        },
        {
            "thumb": "https://m.media-amazon.com/images/I/2._SS40_.jpg",
            "large": "https://m.media-amazon.com/images/I/2.jpg",
            "variant": "PT01",
            "hi_res": None,
        },
    ],
    "videos": [],
    "store": "Howard",
    "categories": ["Beauty", "Brushes"],
    "details": {"Package Dimensions": "7 x 5 inches", "Brand": "Howard's"},
    "parent_asin": "B01BRUSH01",
    "bought_together": None,
}
BARE = {
    "main_category": None,
    "title": "Soap",
    "average_rating": None,
    "rating_number": None,
    "features": [],
    "description": [],
    "price": "from 1,299.00",
    "images": {
        "hi_res": [None],
        "large": ["https://m.media-amazon.com/images/I/3.jpg"],
        "thumb": ["https://m.media-amazon.com/images/I/3._SS40_.jpg"],
        "variant": ["MAIN"],
    },
    "store": None,
    "categories": [],
    "details": json.dumps({"Brand": "Plain"}),
    "parent_asin": "B02SOAP002",
}
REVIEWS = [
    {
        "rating": rating,
        "title": "t",
        "text": "x",
        "asin": "B01CHILD00",
        "parent_asin": "B01BRUSH01",
        "user_id": f"u{rating}",
        "timestamp": 1588687728923,
        "helpful_vote": 0,
        "verified_purchase": True,
    }
    for rating in (5.0, 2.0)
]


@pytest.fixture
def flat(tmp_path: Path) -> Path:
    folder = tmp_path / "flat"
    write_lines(folder / "meta_All_Beauty.jsonl", [BRUSH, BARE])
    return folder


@pytest.fixture
def hub(tmp_path: Path) -> Path:
    """As the hub's repository has it, one category packed, with reviews of the other."""
    raw = tmp_path / "hub/raw"
    write_lines(raw / "meta_categories/meta_All_Beauty.jsonl", [BRUSH])
    soap = json.dumps(BARE).encode()
    (raw / "meta_categories/meta_Soap.jsonl.gz").write_bytes(gzip.compress(soap))
    write_lines(raw / "review_categories/All_Beauty.jsonl", REVIEWS)
    return raw.parent


def test_metadata_becomes_products(flat: Path) -> None:
    brush, soap = open_amazon_reviews(flat).products()
    assert (brush.id, brush.title) == ("B01BRUSH01", "Howard & Sons Brush")
    assert brush.description == "A brush.\nWooden.\nSoft"
    assert brush.images == (
        "https://m.media-amazon.com/images/I/1._SL1500_.jpg",
        "https://m.media-amazon.com/images/I/2.jpg",
    )
    assert brush.attributes == {
        "category": "All Beauty",
        "store": "Howard",
        "price": 12.5,
        "categories": ["Beauty", "Brushes"],
        "brand": "Howard's",
    }
    assert brush.signals == {"rating": 4.8, "ratings": 10.0}
    assert soap.images == ("https://m.media-amazon.com/images/I/3.jpg",)
    assert (soap.attributes, soap.signals) == ({"price": 1299.0, "brand": "Plain"}, {})


def test_ratings_are_counted_where_the_reviews_are(hub: Path) -> None:
    brush, soap = open_amazon_reviews(hub).products()
    assert brush.signals == {"rating": 3.5, "ratings": 2.0}
    assert (soap.id, soap.signals) == ("B02SOAP002", {})


def test_reading_goes_on_across_files(hub: Path) -> None:
    data = open_amazon_reviews(hub)
    everything = list(data.products())
    assert list(data.products(everything[0].cursor)) == everything[1:]
    assert list(data.products(everything[1].cursor)) == []
    assert list(data.queries()) == []


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{**BRUSH, "parent_asin": None}], "meta_All_Beauty.jsonl:1 needs parent_asin"),
        ([BRUSH, 3], "meta_All_Beauty.jsonl:2 must be a JSON object"),
    ],
)
def test_a_line_that_is_wrong_is_named(flat: Path, rows: list[object], said: str) -> None:
    write_lines(flat / "meta_All_Beauty.jsonl", rows)
    with pytest.raises(DatasetError, match=said):
        list(open_amazon_reviews(flat).products())


def test_a_review_without_a_rating_and_an_empty_folder_are_said(flat: Path, hub: Path) -> None:
    write_lines(flat / "All_Beauty.jsonl", [{"parent_asin": "B1", "rating": None}])
    with pytest.raises(DatasetError, match=r"All_Beauty\.jsonl:1 needs parent_asin and rating"):
        list(open_amazon_reviews(flat).products())
    with pytest.raises(DatasetError, match="has no metadata"):
        open_amazon_reviews(hub.parent)
