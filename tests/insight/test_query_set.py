"""A folder is read as a query set, or refused naming the file and line."""

import json
from pathlib import Path

import pytest

from services.core.errors import InputError
from services.insight.query_set import read

DOCUMENTS = [
    {"id": "b", "title": "Red mug ", "description": "Stoneware", "images": ["b.png"]},
    {"id": "a", "title": "", "images": []},
]
QUERIES = [
    {"query_id": "q1", "type": "text", "text": "mug"},
    {"query_id": "q2", "type": "composed", "text": "like this", "image": "b.png"},
    {"query_id": "q3", "type": "image", "image": "b.png"},
]
QRELS = "q1 0 b 3\nq1 0 a 1\n\nq2 0 b 2\nq3 0 b 0\n"


def write(folder: Path, documents=DOCUMENTS, queries=QUERIES, qrels: str = QRELS) -> Path:
    (folder / "b.png").write_bytes(b"picture")
    for name, rows in (("documents.jsonl", documents), ("queries.jsonl", queries)):
        (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "qrels.txt").write_text(qrels)
    return folder


def test_documents_come_by_id_and_ungraded_queries_not_at_all(tmp_path: Path) -> None:
    found = read(write(tmp_path))
    assert [(one.id, one.text, len(one.images)) for one in found.documents] == [
        ("a", None, 0),
        ("b", "Red mug. Stoneware", 1),
    ]
    assert [(query.id, query.type) for query in found.queries] == [
        ("q1", "text"),
        ("q2", "composed"),
    ]
    assert found.grades == {"q1": {"b": 3, "a": 1}, "q2": {"b": 2}}


def test_pictures_that_are_addresses_are_left_out(tmp_path: Path) -> None:
    mixed = {"id": "c", "title": "C", "images": ["https://x.test/c.jpg", "b.png"]}
    found = read(write(tmp_path, documents=[*DOCUMENTS, mixed]))
    assert [len(one.images) for one in found.documents] == [0, 1, 1]


def test_queries_by_sound_and_video_are_left_out(tmp_path: Path) -> None:
    heard = [
        {"query_id": "q4", "audio": "b.png"},
        {"query_id": "q5", "text": "like this", "video": "b.png"},
    ]
    qrels = QRELS + "q4 0 b 1\nq5 0 b 1\n"
    found = read(write(tmp_path, queries=[*QUERIES, *heard], qrels=qrels))
    assert [query.id for query in found.queries] == ["q1", "q2"]
    assert sorted(found.grades) == ["q1", "q2"]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"documents": [{"title": "x"}]}, "documents.jsonl:1"),
        ({"documents": [*DOCUMENTS, {"id": "c", "images": ["../up.png"]}]}, "documents.jsonl:3"),
        ({"documents": [*DOCUMENTS, {"id": "c", "images": "b.png"}]}, "documents.jsonl:3"),
        ({"documents": [*DOCUMENTS, {"id": "c", "images": ["c.png"]}]}, "document c: .*c.png"),
        ({"queries": [{"query_id": "q1"}]}, "queries.jsonl:1"),
        ({"queries": [{"query_id": "q1", "type": "image", "text": "x"}]}, "queries.jsonl:1"),
        ({"queries": [*QUERIES, {"query_id": "q4", "image": "up.png"}]}, "query q4: .*up.png"),
        ({"queries": []}, "no query with a right answer"),
        ({"qrels": "q1 0 b\n"}, "qrels.txt:1"),
        ({"qrels": "q1 0 b 1\nq1 0 b x\n"}, "qrels.txt:2"),
        ({"qrels": "q1 0 b 0\n"}, "no query with a right answer in qrels.txt"),
        ({"qrels": "q1 0 nobody 1\n"}, "qrels.txt: query q1: nobody"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, change, named: str) -> None:
    with pytest.raises(InputError, match=named):
        read(write(tmp_path, **change))


@pytest.mark.parametrize("name", ["documents.jsonl", "queries.jsonl", "qrels.txt"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    write(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(InputError, match=name):
        read(tmp_path)


def test_a_line_that_is_no_json_is_named(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "queries.jsonl").write_text('{"query_id": "q1", "text": "x"}\n{oops\n')
    with pytest.raises(InputError, match=r"queries\.jsonl:2"):
        read(tmp_path)
