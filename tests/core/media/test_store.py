"""The media store in a folder and in memory; what a full or unwritable disk does."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest

from services.core.errors import InsufficientStorage, SettingsError, Unavailable
from services.core.media.store import FsspecMediaStore
from tests.contract.media_store import MediaStoreContract

_numbers = count(1)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "media"


@pytest.fixture
def folder(root: Path) -> FsspecMediaStore:
    return FsspecMediaStore(f"file://{root}")


class TestInAFolder(MediaStoreContract):
    @pytest.fixture
    def store(self, folder: FsspecMediaStore) -> FsspecMediaStore:
        return folder


class TestInMemory(MediaStoreContract):
    @pytest.fixture
    def store(self) -> FsspecMediaStore:
        return FsspecMediaStore(f"memory://store{next(_numbers)}")


def test_a_symlink_of_a_key_does_not_make_its_target_a_listed_key(
    folder: FsspecMediaStore, root: Path, tmp_path: Path
) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "x").write_bytes(b"x")
    (root / "staged").symlink_to(tmp_path / "secret")
    assert list(folder.keys("")) == []


def test_a_folder_that_is_empty_after_a_deletion_goes_too(
    folder: FsspecMediaStore, root: Path
) -> None:
    folder.put("media/a/full", b"x")
    folder.delete("media/a/full")
    assert not (root / "media").exists()
    assert root.exists()


def test_deletions_beside_writes_lose_nothing(folder: FsspecMediaStore) -> None:
    def write_and_delete(number: int) -> None:
        for turn in range(20):
            folder.put(f"media/shared/k{number}", bytes([turn]))
            if turn < 19:
                folder.delete(f"media/shared/k{number}")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write_and_delete, range(4)))
    assert {key: folder.get(key) for key in folder.keys("media/")} == {
        f"media/shared/k{number}": bytes([19]) for number in range(4)
    }


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_leaves_the_old_value_and_no_rubbish(
    folder: FsspecMediaStore, root: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    folder.put("staged/a", b"old")

    def full(descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InsufficientStorage):
        folder.put("staged/a", b"new")
    with pytest.raises(Unavailable):
        folder.check()
    monkeypatch.undo()
    assert folder.get("staged/a") == b"old"
    assert list((root / ".incoming").iterdir()) == []


def test_a_disk_that_fails_otherwise_is_unavailable(
    folder: FsspecMediaStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(descriptor: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(Unavailable):
        folder.put("staged/a", b"new")
    assert not folder.exists("staged/a")


def test_a_folder_taken_away_is_unavailable_not_absent(
    folder: FsspecMediaStore, root: Path
) -> None:
    (root / ".incoming").rmdir()
    root.rmdir()
    with pytest.raises(Unavailable):
        folder.put("staged/a", b"x")
    with pytest.raises(Unavailable):
        folder.check()


def test_a_killed_write_leaves_no_key(folder: FsspecMediaStore, root: Path) -> None:
    program = (
        "import os, sys\n"
        "from services.core.media.store import FsspecMediaStore\n"
        f"store = FsspecMediaStore('file://{root}')\n"
        "os.fsync = lambda descriptor: os._exit(9)\n"
        "store.put('staged/a', b'x' * 1000)\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], check=False)
    assert ended.returncode == 9
    assert list(folder.keys("")) == []
    left = list((root / ".incoming").iterdir())
    assert len(left) == 1

    long_ago = time.time() - 7200
    os.utime(left[0], (long_ago, long_ago))
    FsspecMediaStore(f"file://{root}")
    assert list((root / ".incoming").iterdir()) == []


@pytest.mark.parametrize(
    "url", ["nosuch://x", "simplecache::file:///tmp/x", "file:///proc/nowhere/media"]
)
def test_an_address_that_cannot_be_opened_names_the_setting(url: str) -> None:
    with pytest.raises(SettingsError, match="MARGAY_STORES__MEDIA_URL"):
        FsspecMediaStore(url)
