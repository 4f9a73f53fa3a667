"""database + media -> folder, while everything goes on. Safe to break off: then it is no backup.

Media first, then the tables as they are at one moment, then the media that came meanwhile: media
never change, and the sweep takes only what nobody has held for a day, so all that a document of
that moment names was there before or after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Final

from services.backup.folder import BackupFolder, Lines, Manifest, Stored
from services.core.errors import NotFound
from services.core.ports import MediaStore
from services.core.ports.archive import Row, TableArchive, TableSnapshot

PREFIXES: Final = ("media/", "staged/", "judged/")
"""All that is worth keeping of a media store."""
THREADS: Final = 8
Progress = Callable[[str, int, int], None]
"""Takes what is done, how much of it, and of how much."""


def save(
    archive: TableArchive,
    media: MediaStore,
    path: Path,
    *,
    version: str,
    now: datetime,
    progress: Progress = lambda _what, _done, _total: None,
) -> Manifest:
    """Back everything up into a new folder.

    Raises InputError if something is in the folder, Conflict if there is nothing to back up,
    Unavailable if the database or the media store does not answer.
    """
    with archive.snapshot():
        pass  # nothing is made in the folder for a database that is not there
    folder = BackupFolder(path)
    folder.begin()
    kept = _copy(media, folder, set(), progress=progress)
    with archive.snapshot() as snapshot:
        held = _Held()
        tables = dict(_tables(snapshot, folder, held, progress=progress))
        revision = snapshot.revision
    kept |= _copy(media, folder, set(kept), progress=progress)
    kept = {key: one for key, one in kept.items() if _known(folder, key, held)}
    listed = folder.write_list(kept[key] for key in sorted(kept))
    manifest = Manifest(
        version=version,
        made_at=now.isoformat(timespec="seconds"),
        revision=revision,
        tables=tables,
        media=listed,
        media_bytes=sum(one.bytes for one in kept.values()),
        missing=sum(f"media/full/{media_id}" not in kept for media_id in held.linked),
    )
    folder.finish(manifest)
    return manifest


class _Held:
    """What the tables say of media: all that are known, and those that documents show."""

    def __init__(self) -> None:
        self.known: set[str] = set()
        self.linked: set[str] = set()

    def watching(self, table: str, rows: Iterator[Row]) -> Iterator[Row]:
        """Hand the rows through, keeping the ids of media in mind."""
        for row in rows:
            if table == "media":
                self.known.add(str(row["id"]))
            elif table == "document_media":
                self.linked.add(str(row["media_id"]))
            yield row


def _tables(
    snapshot: TableSnapshot, folder: BackupFolder, held: _Held, *, progress: Progress
) -> Iterator[tuple[str, Lines]]:
    names = snapshot.tables()
    for done, name in enumerate(names, start=1):
        yield name, folder.write_table(name, held.watching(name, snapshot.rows(name)))
        progress("tables", done, len(names))


def _copy(
    media: MediaStore, folder: BackupFolder, before: set[str], *, progress: Progress
) -> dict[str, Stored]:
    keys = [key for prefix in PREFIXES for key in media.keys(prefix) if key not in before]

    def copy(key: str) -> Stored | None:
        try:
            return folder.put(key, media.get(key))
        except NotFound:
            return None  # deleted since it was listed

    return {one.key: one for one in _side_by_side(copy, keys, progress=progress) if one}


def _side_by_side(
    copy: Callable[[str], Stored | None], keys: list[str], *, progress: Progress
) -> Iterable[Stored | None]:
    with ThreadPoolExecutor(THREADS, thread_name_prefix="backup") as pool:
        for done, one in enumerate(pool.map(copy, keys), start=1):
            progress("media", done, len(keys))
            yield one


def _known(folder: BackupFolder, key: str, held: _Held) -> bool:
    """Whether the tables know this file; one that came after them would never be swept."""
    if not key.startswith("media/") or key.split("/")[2] in held.known:
        return True
    folder.remove(key)
    return False
