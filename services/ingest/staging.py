"""Bytes that came with a request, put aside durably until they are prepared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

from services.core import ids
from services.core.errors import InputError, TooLarge
from services.core.media import data_uri
from services.core.ports import MediaStore, Ports
from services.core.types.documents import Document
from services.ingest import references
from services.ingest.references import Form


class Stage:
    """Replaces `data:` and `file:` references by `stage:` ones, keeping what it stored in mind."""

    def __init__(self, ports: Ports, files: Mapping[str, bytes]) -> None:
        self._store: MediaStore = ports.media
        self._limit = ports.settings.media.max_image_bytes
        self._files = files
        self.keys: list[str] = []
        """Keys of the bytes stored so far."""

    def document(self, document: Document, *, field: str) -> Document:
        """Return it with staged references. Raises InputError, TooLarge, InsufficientStorage."""
        images = tuple(
            self._reference(image, field=f"{field}.images[{place}]")
            for place, image in enumerate(document.images)
        )
        return replace(document, images=images)

    def forget(self) -> None:
        """Remove what was stored: the request is not accepted."""
        for key in self.keys:
            self._store.delete(key)

    def _reference(self, reference: str, *, field: str) -> str:
        match references.form(reference):
            case Form.DATA:
                data = data_uri.decode(reference, limit_bytes=self._limit, field=field)
                return self._put(data, field=field)
            case Form.FILE:
                return self._put(self._files[references.name(reference)], field=field)
            case _:
                return reference

    def _put(self, data: bytes, *, field: str) -> str:
        if not data:
            raise InputError.at(field, "must not be empty")
        if len(data) > self._limit:
            raise _too_large(field, self._limit)
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
        for at, image in enumerate(document.images):
            if references.form(image) is not Form.FILE:
                continue
            part = references.name(image)
            if part not in files:
                raise InputError.at(
                    f"documents[{place}].images[{at}]", f"no part named {part!r} was uploaded"
                )
            named.add(part)
    for part in files:
        if part not in named:
            raise InputError.at(f"files.{part}", "is not referred to by any document")


def staged_at(key: str) -> datetime:
    """When a staged key was made, by its own account. Raises ValueError for a foreign key."""
    milliseconds = int(key.removeprefix(f"{references.STAGED}stg_")[:12], 16)
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC)


def _too_large(field: str, limit: int) -> InputError:
    return TooLarge.at(field, f"must have at most {limit} bytes")
