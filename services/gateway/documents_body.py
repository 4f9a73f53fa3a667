"""Reads the three ways of sending documents: a JSON array, NDJSON line by line, multipart."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request

from services.core.errors import InputError, MargayError, TooLarge, UnsupportedMedia
from services.gateway import strict_json
from services.gateway.errors import NotJson
from services.gateway.routing import media_type
from services.gateway.state import gateway_of

JSON: Final = "application/json"
NDJSON: Final = "application/x-ndjson"
MULTIPART: Final = "multipart/form-data"
MAX_LINE_BYTES: Final = 32 * 1024 * 1024
"""One document; most of it would be pictures as data URIs."""
_MAX_FILES: Final = 10_000


@dataclass(frozen=True, slots=True)
class DocumentsBody:
    """Documents as they were sent, the files beside them, and a digest of it all."""

    documents: list[Any]
    files: Mapping[str, bytes] = field(default_factory=dict)
    digest: str = ""


async def read_documents(request: Request) -> DocumentsBody:
    """Read a request's documents, whichever way they come. Raises InputError's family."""
    kind = media_type(request)
    limit = gateway_of(request).runtime.settings.ingest.max_documents_per_request
    if kind == JSON:
        raw = await request.body()
        documents = await run_in_threadpool(lambda: array_of(strict_json.loads(raw), limit))
        return DocumentsBody(documents, digest=hashlib.sha256(raw).hexdigest())
    if kind == NDJSON:
        return await _lines(request.stream(), limit)
    if kind == MULTIPART:
        return await _form(request, limit)
    raise UnsupportedMedia(
        f"the Content-Type must be {JSON}, {NDJSON} or {MULTIPART}, not {kind or 'absent'}"
    )


def array_of(value: Any, limit: int) -> list[Any]:
    """Take `[...]` or `{"documents": [...]}`. Raises InputError for anything else."""
    if isinstance(value, dict):
        unknown = sorted(set(value) - {"documents"})
        if unknown:
            raise InputError.at(unknown[0], 'is not a field we know (known: "documents")')
        value = value.get("documents")
    if not isinstance(value, list) or not value:
        raise InputError.at("documents", "must be an array of at least one document")
    if len(value) > limit:
        raise _too_many(limit)
    return value


class LineReader:
    """Parses lines as their bytes arrive; keeps the first error and then only counts bytes.

    The rest of a refused body is still taken in, because a client that is cut off while it
    writes does not read why.
    """

    def __init__(self, limit: int, *, max_line_bytes: int = MAX_LINE_BYTES) -> None:
        self.documents: list[Any] = []
        self._limit = limit
        self._max_line_bytes = max_line_bytes
        self._rest = bytearray()
        self._line = 0
        self._error: MargayError | None = None

    def feed(self, data: bytes) -> None:
        """Take the next bytes."""
        if self._error is not None:
            return
        self._rest += data
        lines: list[bytes] = []
        if b"\n" in data:
            *lines, rest = bytes(self._rest).split(b"\n")
            self._rest = bytearray(rest)
        try:
            for line in lines:
                self._take(line)
            if len(self._rest) > self._max_line_bytes:
                raise self._too_long(self._line + 1)
        except MargayError as error:
            self._error, self._rest = error, bytearray()

    def finish(self) -> list[Any]:
        """Return the documents. Raises what was found wrong first."""
        if self._error is None:
            self._take(bytes(self._rest))
        if self._error is not None:
            raise self._error
        if not self.documents:
            raise InputError.at("documents", "must have at least one line")
        return self.documents

    def _take(self, line: bytes) -> None:
        self._line += 1
        if len(line) > self._max_line_bytes:
            raise self._too_long(self._line)
        if not line.strip():
            return
        if len(self.documents) == self._limit:
            raise _too_many(self._limit)
        self.documents.append(strict_json.loads(line, place=f"line {self._line}"))

    def _too_long(self, line: int) -> TooLarge:
        return TooLarge(f"line {line}: is longer than {self._max_line_bytes} bytes")


async def _lines(stream: AsyncIterator[bytes], limit: int) -> DocumentsBody:
    reader = LineReader(limit)
    digest = hashlib.sha256()
    async for chunk in stream:
        digest.update(chunk)
        reader.feed(chunk)
    return DocumentsBody(reader.finish(), digest=digest.hexdigest())


async def _form(request: Request, limit: int) -> DocumentsBody:
    largest = gateway_of(request).runtime.settings.server.max_request_bytes
    async with request.form(max_files=_MAX_FILES, max_fields=1, max_part_size=largest) as form:
        return await run_in_threadpool(_read_form, form, limit)


def _read_form(form: FormData, limit: int) -> DocumentsBody:
    files: dict[str, bytes] = {}
    documents: list[Any] | None = None
    digests: list[str] = []
    for name, part in form.multi_items():
        data = part.file.read() if isinstance(part, UploadFile) else part.encode()
        filename = (part.filename or "") if isinstance(part, UploadFile) else ""
        digests.append(f"{name}\0{filename}\0{hashlib.sha256(data).hexdigest()}")
        if name == "documents":
            if documents is not None:
                raise InputError.at("documents", "is given more than once")
            documents = _part(data, limit)
        elif not filename:
            raise InputError.at(name[:100], "is not a part we know: send `documents` and files")
        elif filename in files:
            raise InputError.at(f"file:{filename[:100]}", "is given more than once")
        else:
            files[filename] = data
    if documents is None:
        raise InputError.at("documents", "is missing: send the documents in a part of this name")
    digest = hashlib.sha256("\n".join(sorted(digests)).encode()).hexdigest()
    return DocumentsBody(documents, files, digest)


def _part(data: bytes, limit: int) -> list[Any]:
    """Read a part that may be either kind; a content type of a part says little in practice."""
    start = data.lstrip()[:1]
    if start == b"{":
        try:
            value = strict_json.loads(data, place="documents")
        except NotJson:
            value = None
        if value is None or "documents" not in value:
            reader = LineReader(limit)
            reader.feed(data)
            return reader.finish()
        return array_of(value, limit)
    return array_of(strict_json.loads(data, place="documents"), limit)


def _too_many(limit: int) -> TooLarge:
    return TooLarge(f"documents: more than {limit} in one request; use an import for more")
