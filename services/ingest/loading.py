"""The bytes behind a reference: staged, fetched, or in the import's folder."""

from __future__ import annotations

from pathlib import Path

from services.core.errors import InputError, MediaRefused, NotFound
from services.core.media.kinds import Kind, max_bytes
from services.core.ports import Ports
from services.core.types.jobs import Job, JobKind
from services.ingest import references
from services.ingest.outcome import BytesMissing, ItemFailed
from services.ingest.references import Form
from services.ingest.sources import spec


class Loader:
    """Loads for the items of one job."""

    def __init__(self, ports: Ports, job: Job) -> None:
        self._ports = ports
        self._job = job

    def load(self, reference: str, kind: Kind) -> bytes:
        """Return the bytes, not yet checked to be of that kind.

        Raises MediaRefused, FetchFailed, or ItemFailed when they cannot be had any more.
        """
        match references.form(reference):
            case Form.STAGE:
                return self._staged(references.name(reference))
            case Form.URL:
                return self._ports.fetcher.fetch(
                    reference, max_bytes=max_bytes(kind, self._ports.settings.media)
                )
            case Form.PATH:
                return self._file(references.name(reference), kind)
            case other:
                raise ItemFailed("invalid_document", f"a {other} reference cannot be loaded")

    def _staged(self, name: str) -> bytes:
        try:
            return self._ports.media.get(references.STAGED + name)
        except NotFound as error:
            raise BytesMissing(
                "media_expired", "the uploaded bytes are kept for a day; send the document again"
            ) from error

    def _file(self, name: str, kind: Kind) -> bytes:
        folder = self._folder()
        limit = max_bytes(kind, self._ports.settings.media)
        try:
            path = inside(folder, name)
            if path.stat().st_size > limit:
                raise MediaRefused(f"{name!r} has more than {limit} bytes", reason="too_many_bytes")
            return path.read_bytes()
        except OSError as error:
            raise ItemFailed("file_unreadable", f"{name!r}: {error.strerror or error}") from error

    def _folder(self) -> Path:
        if self._job.kind is not JobKind.IMPORT:
            raise ItemFailed("file_refused", "path: references are for imports")
        try:
            read = spec.parse(self._job.source, roots=self._ports.settings.ingest.import_roots)
        except InputError as error:
            raise ItemFailed("file_refused", error.detail) from error
        return read.folder


def inside(folder: Path, name: str) -> Path:
    """Return the file that `name` leads to. Raises ItemFailed unless it lies inside the folder."""
    try:
        # Resolved before it is judged: neither `..` nor a symlink leads out.
        path = (folder / name).resolve()
        if path.is_relative_to(folder.resolve()) and path.is_file():
            return path
    except (OSError, RuntimeError, ValueError) as error:
        raise ItemFailed("file_refused", f"{name!r} is not a readable path") from error
    raise ItemFailed("file_refused", f"{name!r} is not a file inside the import's folder")
