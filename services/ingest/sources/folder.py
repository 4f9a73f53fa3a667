"""A folder of pictures, recursively: every picture is a document titled by its file name."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from services.ingest.sources.row import Row

SUFFIXES: Final = frozenset({".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp"})
MAX_ID_STEM: Final = 100


def rows(path: Path, cursor: str | None) -> Iterator[Row]:
    """Every picture by relative path, in order; a cursor is `<row number>:<relative path>`."""
    number, _, after = (cursor or "0:").partition(":")
    for row, name in enumerate(
        (name for name in sorted(_pictures(path)) if name > after), start=int(number) + 1
    ):
        yield _row(name, row)


def _pictures(folder: Path) -> Iterator[str]:
    for parent, folders, files in os.walk(folder, followlinks=False):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            if Path(name).suffix.lower() in SUFFIXES and not name.startswith("."):
                yield (Path(parent) / name).relative_to(folder).as_posix()


def _row(name: str, number: int) -> Row:
    cursor = f"{number}:{name}"
    if any("\ud800" <= character <= "\udfff" for character in name):
        # The cursor goes to SQL and must be text; the name is not, so it is not in it.
        safe = name.encode("utf-8", "replace").decode()
        return Row(f"{number}:{safe}", number, {}, f"the file name {safe!r} is not UTF-8")
    fields = {"id": _id(name), "title": _title(name), "images": [f"path:{name}"]}
    return Row(cursor, number, fields)


def _id(name: str) -> str:
    stem = str(PurePosixPath(name).with_suffix(""))
    slug = re.sub(r"[^A-Za-z0-9._-]+", "-", stem).lstrip("._-")[:MAX_ID_STEM] or "picture"
    # Two paths can have one slug, so the path itself is in the id as well.
    return f"{slug}-{hashlib.sha256(name.encode()).hexdigest()[:10]}"


def _title(name: str) -> str:
    return " ".join(re.split(r"[\s_-]+", PurePosixPath(name).stem)).strip()[:512]
