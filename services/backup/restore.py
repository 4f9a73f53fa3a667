"""folder -> media + database, into an empty installation only; vectors are rebuilt afterwards.

Everything is checked before anything is written. The tables come in one transaction, which also
says whose they are: until `take_up` is through, nobody serves from them and the same backup can be
restored again, however far an earlier try came.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Final

from services.backup.folder import BackupFolder, Manifest, Stored
from services.backup.save import PREFIXES, THREADS, Progress
from services.core.errors import Conflict
from services.core.ports import Database, MediaStore, VectorIndex
from services.core.ports.archive import Rows, TableArchive
from services.core.types.jobs import JobKind

_CHUNK: Final = 64


def restore(
    archive: TableArchive,
    media: MediaStore,
    path: Path,
    *,
    progress: Progress = lambda _what, _done, _total: None,
) -> Manifest:
    """Bring a backup back; call `take_up` before anything is served.

    Raises InputError if the folder is no finished backup; Conflict if it is damaged or of a later
    version, or if the installation is in use.
    """
    folder = BackupFolder(path)
    manifest = folder.manifest()
    folder.check_lines(manifest)
    files = list(folder.files())
    _check_files(folder, files, progress=progress)
    backup = folder.identity()
    archive.check_unused(backup)
    _check_media(media, files)
    _put(folder, media, files, progress=progress)
    rows = {name: _rows(folder, name) for name in manifest.tables}
    archive.load(manifest.revision, rows, backup=backup)
    return manifest


def take_up(
    archive: TableArchive, database: Database, vectors: VectorIndex, *, now: datetime
) -> list[str]:
    """Give each index an empty collection to serve from; returns the indexes to be rebuilt.

    With that the restore is over.

    A rebuild that was under way is given up: its collection is not there to go on with. Nor is
    one to roll back to.
    """
    with database.work() as work:
        for job in work.jobs.unfinished():
            if job.kind is JobKind.REBUILD:
                work.jobs.cancel(job.id, now=now)
        indexes = [
            replace(
                index,
                building=None,
                building_settings=None,
                building_fingerprint=None,
                former=None,
            )
            for index in work.indexes.all()
        ]
        for index in indexes:
            work.indexes.save(index)
    for index in indexes:
        vectors.create(index.serving())
        vectors.serve(index.serving())
    archive.finish()
    return [index.name for index in indexes]


def _check_files(folder: BackupFolder, files: Sequence[Stored], *, progress: Progress) -> None:
    with ThreadPoolExecutor(THREADS, thread_name_prefix="restore") as pool:
        for done, _ in enumerate(pool.map(folder.check, files), start=1):
            progress("checked", done, len(files))


def _check_media(media: MediaStore, files: Sequence[Stored]) -> None:
    ours = {one.key for one in files}
    for prefix in PREFIXES:
        foreign = next((key for key in media.keys(prefix) if key not in ours), None)
        if foreign is not None:
            raise Conflict(
                f"the media store is in use ({foreign} is none of the backup's); "
                "a backup is restored into an empty installation only"
            )


def _put(
    folder: BackupFolder, media: MediaStore, files: Sequence[Stored], *, progress: Progress
) -> None:
    def put(one: Stored) -> None:
        media.put(one.key, folder.get(one))

    left = iter(files)
    done = 0
    with ThreadPoolExecutor(THREADS, thread_name_prefix="restore") as pool:
        while chunk := list(islice(left, _CHUNK)):
            list(pool.map(put, chunk))
            done += len(chunk)
            progress("media", done, len(files))


def _rows(folder: BackupFolder, name: str) -> Rows:
    return lambda: folder.table(name)
