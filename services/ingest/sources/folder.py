"""A folder of media, recursively: every medium is a document titled by its file name."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final

from services.core.media import containers, sniff
from services.core.media.kinds import Kind
from services.core.media.recording_streams import shows_pictures
from services.core.settings import MediaLimits
from services.ingest.attached import FIELDS
from services.ingest.sources.row import Row

SUFFIXES: Final = {
    **dict.fromkeys((".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp"), Kind.IMAGE),
    **dict.fromkeys((".wav", ".mp3", ".ogg", ".opus", ".flac", ".m4a", ".aac"), Kind.AUDIO),
    **dict.fromkeys((".mp4", ".m4v", ".mov", ".webm", ".mkv"), Kind.VIDEO),
    ".pdf": Kind.FILE,
}
"""What a file is taken for when its content says nothing: a broken one is not overlooked."""
MAX_ID_STEM: Final = 100
HEAD_BYTES: Final = 4096


def rows(path: Path, cursor: str | None) -> Iterator[Row]:
    """Every medium by relative path, in order; a cursor is `<row number>:<relative path>`."""
    number, _, after = (cursor or "0:").partition(":")
    row = int(number)
    for name in sorted(_files(path)):
        kind = _kind(path / name) if name > after else None
        if kind is not None:
            row += 1
            yield _row(name, row, kind)


def _files(folder: Path) -> Iterator[str]:
    for parent, folders, files in os.walk(folder, followlinks=False):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            if not name.startswith("."):
                yield (Path(parent) / name).relative_to(folder).as_posix()


def _kind(path: Path) -> Kind | None:
    """What a file is by its content, or at least by its name; None: nothing for us."""
    by_name = SUFFIXES.get(path.suffix.lower())
    try:
        if not path.is_file():
            return by_name
        with path.open("rb") as file:
            return _kind_of_content(file) or by_name
    except OSError:
        return by_name  # loading it will say why it cannot be read


def _kind_of_content(file: BinaryIO) -> Kind | None:
    head = file.read(HEAD_BYTES)
    if sniff.is_picture(head):
        return Kind.IMAGE
    if head.startswith(b"%PDF-"):
        return Kind.FILE
    container = containers.container(head)
    if container not in (containers.Container.MP4, containers.Container.MATROSKA):
        return None if container is None else Kind.AUDIO
    file.seek(0)
    return Kind.VIDEO if shows_pictures(file, container, MediaLimits()) else Kind.AUDIO


def _row(name: str, number: int, kind: Kind) -> Row:
    cursor = f"{number}:{name}"
    if any("\ud800" <= character <= "\udfff" for character in name):
        # The cursor goes to SQL and must be text; the name is not, so it is not in it.
        safe = name.encode("utf-8", "replace").decode()
        return Row(f"{number}:{safe}", number, {}, f"the file name {safe!r} is not UTF-8")
    fields = {"id": _id(name), "title": _title(name), FIELDS[kind]: [f"path:{name}"]}
    return Row(cursor, number, fields)


def _id(name: str) -> str:
    stem = str(PurePosixPath(name).with_suffix(""))
    slug = re.sub(r"[^A-Za-z0-9._-]+", "-", stem).lstrip("._-")[:MAX_ID_STEM] or "picture"
    # Two paths can have one slug, so the path itself is in the id as well.
    return f"{slug}-{hashlib.sha256(name.encode()).hexdigest()[:10]}"


def _title(name: str) -> str:
    return " ".join(re.split(r"[\s_-]+", PurePosixPath(name).stem)).strip()[:512]
