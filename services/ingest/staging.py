"""Bytes that came with a request, put aside durably until they are prepared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from services.core import ids
from services.core.errors import InputError, TooLarge
from services.core.media import data_uri
from services.core.media.kinds import max_bytes
from services.core.ports import MediaStore, Ports
from services.core.types.documents import Document
from services.ingest import attached, references
from services.ingest.attached import Attached
from services.ingest.references import Form


class Stage:
    """Replaces `data:` and `file:` references by `stage:` ones, keeping what it stored in mind."""

    def __init__(self, ports: Ports, files: Mapping[str, bytes]) -> None:
        self._store: MediaStore = ports.media
        self._limits = ports.settings.media
        self._files = files
        self.keys: list[str] = []
        """Keys of the bytes stored so far."""

    def document(self, document: Document, *, field: str) -> Document:
        """Return it with staged references. Raises InputError, TooLarge, InsufficientStorage."""
        return attached.with_references(
            document, lambda one: self._reference(one, field=f"{field}.{one.field}")
        )

    def forget(self) -> None:
        """Remove what was stored: the request is not accepted."""
        for key in self.keys:
            self._store.delete(key)

    def _reference(self, one: Attached, *, field: str) -> str:
        limit = max_bytes(one.kind, self._limits)
        match references.form(one.reference):
            case Form.DATA:
                data = data_uri.decode(one.reference, limit_bytes=limit, field=field, kind=one.kind)
                return self._put(data, limit=limit, field=field)
            case Form.FILE:
                data = self._files[references.name(one.reference)]
                return self._put(data, limit=limit, field=field)
            case _:
                return one.reference

    def _put(self, data: bytes, *, limit: int, field: str) -> str:
        if not data:
            raise InputError.at(field, "must not be empty")
        if len(data) > limit:
            raise TooLarge.at(field, f"must have at most {limit} bytes")
        name = ids.new_id("stg")
        self.keys.append(references.STAGED + name)
        self._store.put(references.STAGED + name, data)
        return f"stage:{name}"


@contextmanager
def staging(ports: Ports, *, files: Mapping[str, bytes] | None = None) -> Iterator[Stage]:
    """Open a stage whose bytes are removed again if the block fails."""
    stage = Stage(ports, files or {})
    try:
        yield stage
    except BaseException:
        stage.forget()
        raise


def check_files(documents: Sequence[Document], files: Mapping[str, bytes]) -> None:
    """Raise InputError for a part that no document refers to, or a reference without its part."""
    named: set[str] = set()
    for place, document in enumerate(documents):
        for one in attached.of(document):
            if references.form(one.reference) is not Form.FILE:
                continue
            part = references.name(one.reference)
            if part not in files:
                raise InputError.at(
                    f"documents[{place}].{one.field}", f"no part named {part!r} was uploaded"
                )
            named.add(part)
    for part in files:
        if part not in named:
            raise InputError.at(f"files.{part}", "is not referred to by any document")


def staged_at(key: str) -> datetime:
    """When a staged key was made, by its own account. Raises ValueError for a foreign key."""
    milliseconds = int(key.removeprefix(f"{references.STAGED}stg_")[:12], 16)
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC)
