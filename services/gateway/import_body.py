"""Reads an import: JSON that names a source on the server, or a form with the file itself."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request

from services.core.errors import InputError, UnsupportedMedia
from services.core.ports import Ports
from services.gateway import strict_json
from services.gateway.documents_body import JSON, MULTIPART
from services.gateway.errors import invalid
from services.gateway.routing import media_type
from services.gateway.schemas.imports import ImportIn, UploadIn
from services.gateway.state import gateway_of
from services.ingest import uploaded
from services.ingest.sources import spec


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with the request."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class ImportBody:
    """What was asked, as the flow reads it, and the file unless it lies on the server."""

    asked: dict[str, Any]
    upload: Upload | None = None

    def digest(self) -> str:
        """The same for the same request."""
        asked = json.dumps(self.asked, sort_keys=True)
        if self.upload is None:
            return hashlib.sha256(asked.encode()).hexdigest()
        file = hashlib.sha256(self.upload.data).hexdigest()
        return hashlib.sha256(f"{asked}\n{self.upload.name}\n{file}".encode()).hexdigest()

    @contextmanager
    def opened(self, ports: Ports) -> Iterator[spec.ImportSpec]:
        """The checked specification; a file lies on disk until the end. Raises InputError."""
        if self.upload is None:
            yield spec.parse(self.asked, roots=ports.settings.ingest.import_roots)
            return
        with uploaded.opened(self.upload.name, self.upload.data, self.asked) as read:
            yield read


async def read_import(request: Request) -> ImportBody:
    """Read an import's body. Raises InputError's family."""
    kind = media_type(request)
    if kind == JSON:
        raw = await request.body()
        return ImportBody(await run_in_threadpool(_asked, ImportIn, raw, ""))
    if kind == MULTIPART:
        largest = gateway_of(request).runtime.settings.server.max_request_bytes
        async with request.form(max_files=2, max_fields=2, max_part_size=largest) as form:
            return await run_in_threadpool(_read_form, form)
    raise UnsupportedMedia(
        f"the Content-Type must be {JSON} or {MULTIPART}, not {kind or 'absent'}"
    )


def _read_form(form: FormData) -> ImportBody:
    asked: dict[str, Any] = {}
    upload: Upload | None = None
    seen: set[str] = set()
    for name, part in form.multi_items():
        if name not in ("request", "file"):
            raise InputError.at(name[:100], "is not a part we know: send `file` and `request`")
        if name in seen:
            raise InputError.at(name, "is given more than once")
        seen.add(name)
        data = part.file.read() if isinstance(part, UploadFile) else part.encode()
        if name == "request":
            asked = _asked(UploadIn, data, "request")
        elif not isinstance(part, UploadFile) or not part.filename:
            raise InputError.at("file", "must be a file with its name")
        else:
            upload = Upload(part.filename, data)
    if upload is None:
        raise InputError.at("file", "is missing: send the file in a part of this name")
    return ImportBody(asked, upload)


def _asked(model: type[ImportIn | UploadIn], raw: bytes, place: str) -> dict[str, Any]:
    value = strict_json.loads(raw, place=place)
    try:
        body = model.model_validate(value)
    except ValidationError as error:
        raise invalid(error.errors()) from error
    return body.model_dump(mode="json", exclude_unset=True)
