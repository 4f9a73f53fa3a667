"""A lock says what a folder held when it was pulled, and notices when that is no longer so."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import card, lock
from models.base import ModelError
from models.card import Problem
from models.lock import Lock, LockedFile, Origin

DIGEST = "0" * 64
PATHS = st.text(
    st.characters(min_codepoint=32, exclude_characters="/\\\x7f", exclude_categories=("C",)),
    min_size=1,
).filter(lambda name: name not in {".", ".."})


def locked(folder: Path, **contents: bytes) -> Lock:
    """Write files and their lock."""
    files = {}
    for name, content in contents.items():
        (folder / name).write_bytes(content)
        files[name] = LockedFile(card.sha256(folder / name), len(content))
    made = Lock("sample", (Origin("someone/encoder", "a" * 40),), files)
    lock.write(folder, made)
    return made


@given(st.dictionaries(PATHS, st.integers(0, 2**40)))
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, sizes: dict[str, int]
) -> None:
    folder = tmp_path_factory.mktemp("lock")
    files = {path: LockedFile(DIGEST, size) for path, size in sizes.items()}
    if files:
        files["made"] = LockedFile(DIGEST, 1, made_from=('"odd" name', DIGEST))
    made = Lock('a "name"', (Origin("a/b", "c" * 40), Origin("d/e", "f" * 40)), files)
    lock.write(folder, made)
    assert lock.read(folder) == made


def test_a_folder_without_lock_has_none(tmp_path: Path) -> None:
    assert lock.read(tmp_path) is None


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('name = "x"\n[files]\nextra = 1', "extra"),
        ('name = "x"', "files is missing"),
        ('name = "x"\n[files]\n"../up" = { sha256 = "0", size = 1 }', r"\.\./up is no file inside"),
        ('name = "x"\n[files]\n"/etc/x" = { sha256 = "0", size = 1 }', "is no file inside"),
        ('name = "x"\n[files]\na = { sha256 = "0", size = 1, mode = 1 }', "unknown mode"),
        ("name = ", "not valid TOML"),
    ],
)
def test_what_is_wrong_in_a_lock_is_named(tmp_path: Path, text: str, named: str) -> None:
    (tmp_path / lock.NAME).write_text(text, encoding="utf-8")
    with pytest.raises(ModelError, match=named):
        lock.read(tmp_path)


def test_verify_names_missing_and_altered_files(tmp_path: Path) -> None:
    made = locked(tmp_path, good=b"good", altered=b"before", gone=b"gone")
    (tmp_path / "altered").write_bytes(b"beyond")
    (tmp_path / "gone").unlink()
    assert lock.verify(tmp_path, made) == [
        Problem("altered", "its sha256 is not the one of the lock"),
        Problem("gone", "missing"),
    ]
    assert lock.suspects(tmp_path, made) == lock.verify(tmp_path, made)


def test_only_files_newer_than_the_lock_are_hashed_at_a_start(tmp_path: Path) -> None:
    made = locked(tmp_path, weights=b"before")
    (tmp_path / "weights").write_bytes(b"beyond")
    before_ns = (tmp_path / lock.NAME).stat().st_mtime_ns - 10**9
    os.utime(tmp_path / "weights", ns=(before_ns, before_ns))
    assert lock.suspects(tmp_path, made) == []
    assert lock.verify(tmp_path, made) != []


def test_a_fingerprint_rests_on_what_was_pulled_and_makes_vectors() -> None:
    pickled = LockedFile("1" * 64, 10)
    safe = LockedFile("2" * 64, 12, made_from=("m.pth", "1" * 64))
    config = LockedFile("3" * 64, 2)
    readme = LockedFile("4" * 64, 2)
    before = Lock("x", (), {"m.pth": pickled, "config.json": config})
    after = Lock("x", (), {"m.safetensors": safe, "config.json": config, "README.md": readme})
    assert before.digests() == after.digests()
    assert (before.size(), after.size()) == (12, 16)
