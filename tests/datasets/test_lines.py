"""Lines are read from plain, gzipped and packed files, from any place on."""

import gzip
import tarfile
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets import lines as module
from datasets.errors import DatasetError
from datasets.lines import lines, objects
from datasets.records import Packed

TEXT = "one\n\ntwo\r\ndrei ü\nlast"


def packed(tmp_path: Path, path: Path) -> Packed:
    archive = tmp_path / "all.tar"
    with tarfile.open(archive, "w") as tar:
        tar.add(path, "folder/" + path.name)
    with tarfile.open(archive) as tar:
        member = tar.getmembers()[0]
    return Packed(archive, member.name, member.offset_data, member.size)


@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize("inside", [False, True])
def test_every_line_is_read_from_any_place(tmp_path: Path, suffix: str, inside: bool) -> None:
    path = tmp_path / f"some.txt{suffix}"
    raw = TEXT.encode()
    path.write_bytes(gzip.compress(raw) if suffix else raw)
    source = packed(tmp_path, path) if inside else path
    found = list(lines(source))
    assert [line.text for line in found] == ["one", "two", "drei ü", "last"]
    assert [line.where for line in found][1:] == [f"{path.name}:{n}" for n in (3, 4, 5)]
    for at, line in enumerate(found, start=1):
        assert list(lines(source, after=line.cursor)) == found[at:]


@settings(max_examples=40)
@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\n\ufeff"))))
def test_no_line_is_lost_split_or_read_twice(texts: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "some.txt"
        path.write_bytes("".join(f"{text}\n" for text in texts).encode())
        found: list[str] = []
        cursor = None
        while (line := next(lines(path, after=cursor), None)) is not None:
            found.append(line.text)
            cursor = line.cursor
    assert found == [text for text in texts if text]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b'{"a": 1}\n[1]\n', "x.jsonl:2 must be a JSON object"),
        (b"{\n", "x.jsonl:1 is not JSON"),
        (b"\xff\xfe\n", "x.jsonl:1 is not UTF-8"),
    ],
)
def test_a_line_that_is_wrong_is_named(tmp_path: Path, raw: bytes, said: str) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(raw)
    with pytest.raises(DatasetError, match=said):
        list(objects(path))


def test_a_line_without_an_end_in_sight_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_LINE_BYTES", 9)
    path = tmp_path / "x.txt"
    path.write_text("12345678\n123456789\n", "utf-8")
    with pytest.raises(DatasetError, match=r"x\.txt:2 is longer than 9 bytes"):
        list(lines(path))


def test_a_cut_gzip_is_said(tmp_path: Path) -> None:
    path = tmp_path / "x.txt.gz"
    path.write_bytes(gzip.compress(TEXT.encode())[:-6])
    with pytest.raises(DatasetError, match=r"x\.txt\.gz cannot be read"):
        list(lines(path))


def test_a_missing_file_and_a_foreign_cursor_are_said(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="No such file"):
        list(lines(tmp_path / "none"))
    with pytest.raises(DatasetError, match="no place in none"):
        list(lines(tmp_path / "none", after="x"))
