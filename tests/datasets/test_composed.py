"""Fashion IQ, CIRR and CIRCO are read as composed queries over a gallery of pictures."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from datasets.cirr import open_cirr
from datasets.errors import DatasetError
from datasets.export import export
from datasets.records import Dataset
from datasets.registry import open_dataset
from services.insight import query_set
from tests.datasets.conftest import picture


def write_json(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), "utf-8")


@pytest.fixture
def fashioniq(tmp_path: Path) -> Path:
    root = tmp_path / "fashion-iq"
    garments = {"dress": ["D1", "D2"], "shirt": ["S1", "S2"], "toptee": ["T1", "S1"]}
    for kind, asins in garments.items():
        write_json(root / f"image_splits/split.{kind}.val.json", asins)
        caption = {
            "target": asins[0],
            "candidate": asins[1],
            "captions": ["is shiny ", "fit and flare"],
        }
        write_json(root / f"captions/cap.{kind}.val.json", [caption])
    for asin in ("D1", "D2", "S1"):
        picture(root / f"images/{asin}.jpg")
    picture(root / "images/S2.png")
    (root / "image_url").mkdir()
    (root / "image_url/asin2url.toptee.txt").write_text(
        "T1 \t http://ecx.images-amazon.com/images/I/t1.jpg\n", "utf-8"
    )
    return root


@pytest.fixture
def cirr(tmp_path: Path) -> Path:
    root = tmp_path / "cirr"
    names = [f"dev-{number}-0-img0" for number in range(7)]
    write_json(
        root / "image_splits/split.rc2.val.json",
        {name: f"./dev/{name}.png" for name in names},
    )
    query = {
        "pairid": 12060,
        "reference": names[0],
        "target_hard": names[1],
        "target_soft": {names[1]: 1.0, names[2]: 0.5, names[3]: -1.0, names[6]: 0.2},
        "caption": "show three bottles\nof soft drink",
        "img_set": {"id": 36, "members": names[:6], "reference_rank": 2, "target_rank": 3},
    }
    write_json(root / "captions/cap.rc2.val.json", [query])
    for name in names:
        picture(root / f"img_raw/dev/{name}.png")
    return root


@pytest.fixture
def circo(tmp_path: Path) -> Path:
    root = tmp_path / "CIRCO"
    query = {
        "reference_img_id": 271520,
        "target_img_id": 3,
        "relative_caption": "shows two people",
        "shared_concept": "an umbrella",
        "gt_img_ids": [3, 528417],
        "id": 0,
        "semantic_aspects": ["cardinality"],
    }
    write_json(root / "annotations/val.json", [query])
    for number in (3, 271520, 528417):
        picture(root / f"COCO2017_unlabeled/unlabeled2017/{number:012d}.jpg")
    return root


def test_fashion_iq_joins_both_captions(fashioniq: Path) -> None:
    data = open_dataset("fashioniq", fashioniq)
    assert [one.id for one in data.products()] == ["D1", "D2", "S1", "S2", "T1"]
    dress, shirt, top = data.queries()
    assert (dress.id, dress.text, dress.grades, dress.category) == (
        "dress-0",
        "is shiny and fit and flare",
        {"D1": 1},
        "dress",
    )
    assert (dress.image, shirt.image) == (
        fashioniq / "images/D2.jpg",
        fashioniq / "images/S2.png",
    )
    assert top.grades == {"T1": 1}


def test_fashion_iq_fetches_what_is_no_file(fashioniq: Path) -> None:
    tops = list(open_dataset("fashioniq", fashioniq, split="val-toptee").products())
    assert [one.images[0] for one in tops] == [
        "http://ecx.images-amazon.com/images/I/t1.jpg",
        fashioniq / "images/S1.jpg",
    ]


def test_cirr_grades_targets_above_their_rivals(cirr: Path) -> None:
    data = open_dataset("cirr", cirr)
    assert len(list(data.products())) == 7
    (query,) = data.queries()
    assert (query.id, query.text) == ("12060", "show three bottles of soft drink")
    assert query.image == cirr / "img_raw/dev/dev-0-0-img0.png"
    short = {name.split("-")[1]: grade for name, grade in query.grades.items()}
    assert short == {"0": 0, "1": 3, "2": 2, "4": 0, "5": 0, "6": 1}


def test_cirr_may_lie_in_its_own_folder(cirr: Path) -> None:
    assert open_cirr(cirr.parent, split="val") == open_cirr(cirr, split="val")


def test_circo_has_every_right_answer(circo: Path) -> None:
    data = open_dataset("circo", circo)
    assert [one.id for one in data.products()] == ["3", "271520", "528417"]
    (query,) = data.queries()
    assert (query.text, query.grades) == ("shows two people", {"3": 1, "528417": 1})
    assert query.image == circo / "COCO2017_unlabeled/unlabeled2017/000000271520.jpg"


@pytest.mark.parametrize("name", ["fashioniq", "cirr", "circo"])
def test_each_is_exported_for_measuring(
    name: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    data = open_dataset(name, request.getfixturevalue(name))
    totals = data.totals()
    assert totals.products == len(list(data.products()))
    assert totals.queries == len(list(data.queries()))
    export(data, tmp_path / "out", fetch=lambda _: None)
    read = query_set.read(tmp_path / "out")
    assert {one.type for one in read.queries} == {"composed"}


@pytest.mark.parametrize("name", ["fashioniq", "cirr", "circo"])
def test_reading_goes_on_after_any_cursor(name: str, request: pytest.FixtureRequest) -> None:
    data = open_dataset(name, request.getfixturevalue(name))
    for read in (data.products, data.queries):
        everything = list(read())
        for at, one in enumerate(everything, start=1):
            assert list(read(one.cursor)) == everything[at:]
        with pytest.raises(DatasetError, match="no place"):
            list(read("x"))


def queries(data: Dataset) -> list[object]:
    return list(data.queries())


def products(data: Dataset) -> list[object]:
    return list(data.products())


@pytest.mark.parametrize(
    ("name", "file", "content", "read", "said"),
    [
        (
            "fashioniq",
            "captions/cap.shirt.val.json",
            "[{}]",
            queries,
            r"cap\.shirt\.val\.json\[0\]",
        ),
        ("fashioniq", "captions/cap.shirt.val.json", "{}", queries, "must be a JSON list"),
        ("cirr", "captions/cap.rc2.val.json", '[{"reference": "x"}]', queries, r"val\.json\[0\]"),
        ("cirr", "image_splits/split.rc2.val.json", "[]", products, "must be a JSON object"),
        ("circo", "annotations/val.json", '[{"id": 1}]', queries, r"val\.json\[0\] needs id"),
        ("circo", "annotations/val.json", "[", queries, "is not JSON"),
        ("circo", "COCO2017_unlabeled/unlabeled2017/a.jpg", "", products, "named by its number"),
    ],
)
def test_what_is_wrong_is_named(
    name: str,
    file: str,
    content: str,
    read: Callable[[Dataset], list[object]],
    said: str,
    request: pytest.FixtureRequest,
) -> None:
    folder = request.getfixturevalue(name)
    (folder / file).write_text(content, "utf-8")
    with pytest.raises(DatasetError, match=said):
        read(open_dataset(name, folder))


@pytest.mark.parametrize("name", ["fashioniq", "cirr", "circo", "abo", "esci"])
def test_an_empty_folder_says_what_is_needed(name: str, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="it needs"):
        open_dataset(name, tmp_path)
