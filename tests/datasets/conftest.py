"""Small files of public data sets, laid out as they are downloaded."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
from PIL import Image

DEPARTMENTS = {
    "Red-Bell-Pepper": "Vegetables/Pepper",
    "Yellow-Bell-Pepper": "Vegetables/Pepper",
    "Zucchini": "Vegetables",
}
HEADER = (
    "Class Name (str)",
    "Class ID (int)",
    "Coarse Class Name (str)",
    "Coarse Class ID (int)",
    "Iconic Image Path (str)",
    "Product Description Path (str)",
)


def picture(path: Path, colour: str = "red") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (8, 8), colour).save(path)
    return path


def write_lines(path: Path, rows: Iterable[object]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def write_csv(path: Path, rows: Iterable[Sequence[object]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


@pytest.fixture
def published_grocery(tmp_path: Path) -> Path:
    """The repository as it is cloned: three classes, of which two are peppers."""
    data = tmp_path / "GroceryStoreDataset" / "dataset"
    rows: list[Sequence[object]] = [HEADER]
    listed = []
    for number, (name, place) in enumerate(DEPARTMENTS.items()):
        home = f"iconic-images-and-descriptions/{place}/{name}"
        picture(data / home / f"{name}_Iconic.jpg")
        (data / home / f"{name}_Description.txt").write_text(f"A {name}.\n", "utf-8")
        (data / home / f"{name}_Information.txt").write_text("Origin: Sweden", "utf-8")
        coarse = "Zucchini" if name == "Zucchini" else "Pepper"
        paths = (f"/{home}/{name}_Iconic.jpg", f"/{home}/{name}_Description.txt")
        rows.append((name, number, coarse, int(coarse == "Zucchini"), *paths))
        photo = f"val/{place}/{name}/{name}_001.jpg"
        picture(data / photo, "green")
        listed.append(f"{photo}, {number}, {int(coarse == 'Zucchini')}\n")
    write_csv(data / "classes.csv", rows)
    (data / "val.txt").write_text("".join(listed), "utf-8")
    (data / "train.txt").write_text("", "utf-8")
    return data.parent


@pytest.fixture
def reduced_grocery(tmp_path: Path) -> Path:
    """The same three classes with small pictures and one list of photos."""
    data = tmp_path / "grocery"
    products = [
        {
            "id": number,
            "name": name.replace("-", " "),
            "category": "Zucchini" if name == "Zucchini" else "Pepper",
            "department": "Vegetables",
            "description": f"A {name}.",
            "image": f"iconic/{number:02}.jpg",
        }
        for number, name in enumerate(DEPARTMENTS)
    ]
    write_lines(data / "products.jsonl", products)
    rows = [(f"photos/val_000{number}.jpg", number, "val") for number in range(3)]
    write_csv(
        data / "photos.csv",
        [("file", "product_id", "split"), *rows, ("photos/train_0000.jpg", 0, "train")],
    )
    for number in range(3):
        picture(data / f"iconic/{number:02}.jpg")
        picture(data / f"photos/val_000{number}.jpg", "green")
    picture(data / "photos/train_0000.jpg", "green")
    return data


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    """A folder in our own layout: a query of every sort, and one that nobody graded."""
    folder = tmp_path / "catalog"
    picture(folder / "images/a.jpg")
    picture(folder / "queries/red.png")
    (folder / "queries/hum.wav").write_bytes(b"RIFF")
    write_lines(
        folder / "products.jsonl",
        [
            {"id": "a", "title": "A", "images": ["images/a.jpg"], "attributes": {"price": 2.5}},
            {"id": "b", "description": "only words", "sku": "B-1", "signals": {"stock": 3}},
            {"id": "c", "title": "C", "images": ["path:images/gone.jpg", "https://x.test/c.jpg"]},
        ],
    )
    write_lines(
        folder / "queries.jsonl",
        [
            {"query_id": "q1", "text": "words", "category": "things"},
            {"query_id": "q2", "image": "queries/red.png"},
            {"query_id": "q3", "text": "other words", "paraphrase_of": "q1"},
            {"query_id": "q4", "text": "like this", "image": "queries/red.png"},
            {"query_id": "q5", "audio": "queries/hum.wav"},
            {"query_id": "q6", "text": "ungraded"},
        ],
    )
    (folder / "qrels.txt").write_text(
        "q2 0 b 1\nq1 0 a 3\nq1 0 b 0\n\nq3 0 a 3\nq4 0 c 2\nq5 0 b 1\nq1 0 c 1\n", "utf-8"
    )
    return folder
