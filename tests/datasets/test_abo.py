"""Amazon Berkeley Objects is read unpacked and from its archives, words in one language."""

import gzip
import json
import tarfile
from pathlib import Path

import pytest
from PIL import Image

from datasets.abo import open_abo, said
from datasets.errors import DatasetError
from datasets.media_copy import Copies
from datasets.records import Packed
from tests.datasets.conftest import picture


def words(value: str, tag: str = "en_US") -> dict[str, str]:
    return {"language_tag": tag, "value": value}


CHAIR = {
    "brand": [words("Rivet")],
    "bullet_point": [words("Solid oak"), words("Eiche", "de_DE"), words("Ships flat")],
    "color": [{**words("Denim"), "standardized_values": ["Blue"]}],
    "color_code": ["#1f2a44"],
    "country": "US",
    "domain_name": "amazon.com",
    "item_dimensions": {"height": {"normalized_value": {"unit": "inches", "value": 30}}},
    "item_id": "B0CHAIR001",
    "item_keywords": [words("chair")],
    "item_name": [words("Ein Stuhl", "de_DE"), words("An oak chair")],
    "main_image_id": "81main",
    "marketplace": "Amazon",
    "model_number": [{"value": "RV-1"}],
    "node": [{"node_id": 1, "node_name": "/Categories/Furniture/Chairs"}],
    "other_image_id": ["71side", "81main", "00lost"],
    "product_description": [words("<p>Sits &amp; rocks</p>")],
    "product_type": [{"value": "CHAIR"}],
    "spin_id": "f00",
}
MUG = {
    "domain_name": "amazon.de",
    "country": "DE",
    "item_id": "B0CHAIR001",
    "item_name": [words("Eine Tasse", "de_DE")],
    "product_type": [{"value": "MUG"}],
}


@pytest.fixture
def unpacked(tmp_path: Path) -> Path:
    root = tmp_path / "abo"
    listings = root / "listings/metadata"
    listings.mkdir(parents=True)
    for name, listing in (("0", CHAIR), ("a", MUG)):
        text = json.dumps(listing) + "\n"
        (listings / f"listings_{name}.json.gz").write_bytes(gzip.compress(text.encode()))
    table = "image_id,height,width,path\n71side,8,8,b1/b1b1.jpg\n81main,8,8,a0/a0a0.jpg\n"
    (root / "images/metadata").mkdir(parents=True)
    (root / "images/metadata/images.csv.gz").write_bytes(gzip.compress(table.encode()))
    picture(root / "images/small/a0/a0a0.jpg", "brown")
    picture(root / "images/small/b1/b1b1.jpg", "blue")
    return root


@pytest.fixture
def packed(unpacked: Path, tmp_path: Path) -> Path:
    root = tmp_path / "downloads"
    root.mkdir()
    for name, member in (("abo-listings.tar", "listings"), ("abo-images-small.tar", "images")):
        with tarfile.open(root / name, "w") as tar:
            tar.add(unpacked / member, member)
    return root


def test_a_listing_becomes_a_product(unpacked: Path) -> None:
    chair, mug = open_abo(unpacked).products()
    assert (chair.id, chair.sku) == ("B0CHAIR001-amazon.com", "B0CHAIR001")
    assert (chair.title, chair.description) == (
        "An oak chair",
        "Sits & rocks\nSolid oak\nShips flat",
    )
    assert chair.images == (
        unpacked / "images/small/a0/a0a0.jpg",
        unpacked / "images/small/b1/b1b1.jpg",
    )
    assert chair.attributes == {
        "brand": "Rivet",
        "color": "Denim",
        "product_type": "CHAIR",
        "model_number": "RV-1",
        "country": "US",
        "domain_name": "amazon.com",
        "category": "/Categories/Furniture/Chairs",
    }
    assert (mug.id, mug.title, mug.images) == ("B0CHAIR001-amazon.de", "Eine Tasse", ())


def test_archives_say_the_same(unpacked: Path, packed: Path, tmp_path: Path) -> None:
    plain, inside = open_abo(unpacked), open_abo(packed)
    for one, other in zip(plain.products(), inside.products(), strict=True):
        assert (one.id, one.title, one.cursor) == (other.id, other.title, other.cursor)
        assert [path.name for path in one.images] == [Path(p.name).name for p in other.images]
    (main, _) = next(iter(inside.products())).images
    assert isinstance(main, Packed)
    (name,) = Copies(tmp_path / "out").put([main])
    assert name is not None
    with Image.open(tmp_path / "out" / name) as drawn:
        assert drawn.getpixel((0, 0))[0] > drawn.getpixel((0, 0))[2]


def test_words_come_in_the_language_asked_for(unpacked: Path) -> None:
    chair, mug = open_abo(unpacked, locale="de").products()
    assert (chair.title, chair.attributes["brand"]) == ("Ein Stuhl", "Rivet")
    assert (chair.description, mug.title) == ("Sits & rocks\nEiche", "Eine Tasse")
    assert said([words("x", "fr_FR"), words("y", "es_ES")], "en") == ["x"]
    assert said(None, "en") == []


@pytest.mark.parametrize("layout", ["unpacked", "packed"])
def test_reading_goes_on_after_any_cursor(layout: str, request: pytest.FixtureRequest) -> None:
    data = open_abo(request.getfixturevalue(layout))
    everything = list(data.products())
    assert list(data.products(everything[0].cursor)) == everything[1:]
    assert list(data.products(everything[1].cursor)) == []
    with pytest.raises(DatasetError, match="no place in listings_0"):
        list(data.products("listings_9.json.gz/0:0"))


def test_listings_without_pictures_have_words(unpacked: Path, tmp_path: Path) -> None:
    (unpacked / "images").rename(tmp_path / "elsewhere")
    chair, _ = open_abo(unpacked).products()
    assert (chair.title, chair.images) == ("An oak chair", ())
    assert list(open_abo(unpacked).queries()) == []


def test_what_is_wrong_is_named(unpacked: Path, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no listings of ABO"):
        open_abo(tmp_path / "abo/images")
    archive = tmp_path / "bad/abo-listings.tar"
    archive.parent.mkdir()
    archive.write_bytes(gzip.compress(b"no tar"))
    with pytest.raises(DatasetError, match=r"abo-listings\.tar is not an uncompressed tar"):
        list(open_abo(archive.parent).products())
    listing = unpacked / "listings/metadata/listings_0.json.gz"
    listing.write_bytes(gzip.compress(json.dumps({**CHAIR, "other_image_id": "x"}).encode()))
    with pytest.raises(DatasetError, match=r"listings_0\.json\.gz:1: other_image_id"):
        list(open_abo(unpacked).products())
    listing.write_bytes(gzip.compress(b'{"item_id": "B1"}'))
    with pytest.raises(DatasetError, match=r"listings_0\.json\.gz:1 needs domain_name"):
        list(open_abo(unpacked).products())
    (unpacked / "images/metadata/images.csv.gz").write_bytes(gzip.compress(b"id,path\n"))
    with pytest.raises(DatasetError, match="needs the columns image_id, path"):
        list(open_abo(unpacked).products())
