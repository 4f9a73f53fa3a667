"""Sources give their rows in order, from any cursor, and say what they cannot read."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from services.core.errors import InputError
from services.core.types.indexes import AttributeType
from services.ingest.sources import mapping, spec
from services.ingest.sources import open as sources
from services.ingest.sources.row import SourceBroken

ROWS = [{"id": f"r{n}", "title": f"Row {n}"} for n in range(7)]


def jsonl(folder: Path) -> dict[str, Any]:
    (folder / "rows.jsonl").write_text("\n".join(json.dumps(row) for row in ROWS) + "\n\n")
    return {"type": "jsonl", "path": "rows.jsonl"}


def csv(folder: Path) -> dict[str, Any]:
    lines = ['id;"title"', *(f'{row["id"]};"{row["title"]}"' for row in ROWS)]
    (folder / "rows.csv").write_text("\ufeff" + "\r\n".join(lines), encoding="utf-8")
    return {"type": "csv", "path": "rows.csv", "delimiter": ";"}


def parquet(folder: Path) -> dict[str, Any]:
    pq.write_table(pa.Table.from_pylist(ROWS), folder / "rows.parquet", row_group_size=3)
    return {"type": "parquet", "path": "rows.parquet"}


def pictures(folder: Path) -> dict[str, Any]:
    for n in range(7):
        file = folder / "photos" / ("deep" if n % 2 else ".") / f"Row_{n}.JPG"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x")
    (folder / "photos" / "notes.txt").write_text("no picture")
    return {"type": "folder", "path": "photos"}


Maker = Callable[[Path], dict[str, Any]]
every_source = pytest.mark.parametrize("make", [jsonl, csv, parquet, pictures])


@every_source
def test_all_rows_come_once_and_numbered(make: Maker, tmp_path: Path) -> None:
    read = spec.parse(make(tmp_path), roots=[tmp_path])
    rows = list(sources.rows(read, None))
    assert {row.fields["title"] for row in rows} == {row["title"] for row in ROWS}
    assert [row.number for row in rows] == list(range(1, 8))
    assert len({row.fields["id"] for row in rows}) == 7


@every_source
def test_reading_goes_on_behind_any_cursor(make: Maker, tmp_path: Path) -> None:
    read = spec.parse(make(tmp_path), roots=[tmp_path])
    rows = list(sources.rows(read, None))
    for place, row in enumerate(rows, start=1):
        assert list(sources.rows(read, row.cursor)) == rows[place:]


@every_source
def test_a_specification_survives_the_ledger(make: Maker, tmp_path: Path) -> None:
    read = spec.parse(make(tmp_path), roots=[tmp_path])
    assert spec.parse(json.loads(json.dumps(read.json())), roots=[tmp_path]) == read


def test_a_bad_line_is_a_problem_of_its_row_only(tmp_path: Path) -> None:
    lines = [b'{"id": "a"}', b"{", b"[1]", b'{"id": NaN}', b"\xff", b"[" * 100_000, b'{"id": "b"}']
    (tmp_path / "rows.jsonl").write_bytes(b"\n".join(lines))
    read = spec.parse({"type": "jsonl", "path": "rows.jsonl"}, roots=[tmp_path])
    rows = list(sources.rows(read, None))
    assert [row.problem is None for row in rows] == [True, *[False] * 5, True]


def test_a_csv_row_of_another_length_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("id,title\na,b,c\nd,e\n")
    read = spec.parse({"type": "csv", "path": "rows.csv"}, roots=[tmp_path])
    first, second = sources.rows(read, None)
    assert "3 cells" in (first.problem or "")
    assert second.fields == {"id": "d", "title": "e"}


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("csv", b"id,title\na,\xff\n"),
        ("csv", b'id,title\na,"b\n'),
        ("csv", b"id,id\na,b\n"),
        ("parquet", b"PAR1 not really PAR1"),
    ],
)
def test_an_unreadable_source_says_so(kind: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / "rows").write_bytes(content)
    read = spec.parse({"type": kind, "path": "rows"}, roots=[tmp_path])
    with pytest.raises(SourceBroken):
        list(sources.rows(read, None))


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        ([], "import"),
        ({"type": "xml", "path": "a"}, "type"),
        ({"type": "csv"}, "path"),
        ({"type": "csv", "path": "a.csv", "speed": 1}, "import.speed"),
        ({"type": "csv", "path": "missing.csv"}, "path"),
        ({"type": "csv", "path": "../outside.csv"}, "path"),
        ({"type": "csv", "path": "/etc/passwd"}, "path"),
        ({"type": "csv", "path": "link.csv"}, "path"),
        ({"type": "csv", "path": "a\0b"}, "path"),
        ({"type": "csv", "path": "x" * 5000}, "path"),
        ({"type": "csv", "path": "x" * 300}, "path"),
        ({"type": "folder", "path": "a.csv"}, "path"),
        ({"type": "csv", "path": "."}, "path"),
        ({"type": "csv", "path": "a.csv", "mapping": {"title": "t"}}, "mapping.id"),
        ({"type": "csv", "path": "a.csv", "mapping": {"id": "i", "x": "y"}}, "mapping.x"),
        ({"type": "csv", "path": "a.csv", "mapping": {"id": 1}}, "mapping.id"),
        ({"type": "csv", "path": "a.csv", "defaults": {"id": "x"}}, "defaults.id"),
        ({"type": "csv", "path": "a.csv", "delimiter": "ab"}, "delimiter"),
        ({"type": "jsonl", "path": "a.csv", "delimiter": ";"}, "delimiter"),
        ({"type": "folder", "path": ".", "mapping": {"id": "x"}}, "mapping"),
    ],
)
def test_a_wrong_specification_is_refused_by_field(raw: Any, field: str, tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "a.csv").write_text("id\n")
    (tmp_path / "outside.csv").write_text("id\n")
    (root / "link.csv").symlink_to(tmp_path / "outside.csv")
    with pytest.raises(InputError) as caught:
        spec.parse(raw, roots=[root])
    assert caught.value.fields[0].field == field


def test_without_import_roots_nothing_is_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="IMPORT_ROOTS"):
        spec.parse({"type": "folder", "path": str(tmp_path)}, roots=[])


def test_columns_become_fields_with_the_declared_types(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x")
    read = spec.parse(
        {
            "type": "csv",
            "path": "a.csv",
            "mapping": {
                "id": "code",
                "images": "photo",
                "attributes.price": "Price",
                "attributes.tags": "Tags",
                "attributes.stock": "Stock",
                "attributes.sold": "Sold",
                "attributes.free": "Free",
                "signals.rank": "Rank",
            },
            "defaults": {"title": "Untitled", "attributes.free": "none", "attributes.extra": 1},
        },
        roots=[tmp_path],
    )
    made = mapping.raw_document(
        {
            "code": "7",
            "photo": "a.jpg | https://example.com/b.jpg",
            "Price": "1.5",
            "Tags": "new|hot",
            "Stock": "yes",
            "Sold": "12",
            "Free": "12",
            "Rank": "0.5",
        },
        read,
        attributes={
            "price": AttributeType.NUMBER,
            "tags": AttributeType.TAGS,
            "stock": AttributeType.BOOLEAN,
            "sold": AttributeType.INTEGER,
        },
    )
    assert made == {
        "id": "7",
        "title": "Untitled",
        "images": ["path:a.jpg", "https://example.com/b.jpg"],
        "attributes": {
            "price": 1.5,
            "tags": ["new", "hot"],
            "stock": True,
            "sold": 12,
            "free": "12",
            "extra": 1,
        },
        "signals": {"rank": 0.5},
    }


def test_a_cell_that_is_no_number_stays_for_the_check_to_refuse(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x")
    read = spec.parse({"type": "csv", "path": "a.csv"}, roots=[tmp_path])
    made = mapping.raw_document(
        {"id": "a", "attributes.price": "cheap"}, read, attributes={"price": AttributeType.NUMBER}
    )
    assert made["attributes"] == {"price": "cheap"}
