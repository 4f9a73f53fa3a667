"""Reads judged queries, as JSON or as a form with files, and checks the media they ask with."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request

from services.core.errors import InputError, UnsupportedMedia
from services.core.media import images
from services.core.media.kinds import Kind
from services.core.ports import Ports
from services.core.types.evaluations import JudgedQuery
from services.gateway import query_media, strict_json
from services.gateway.documents_body import JSON, MULTIPART
from services.gateway.errors import invalid
from services.gateway.routing import media_type
from services.gateway.schemas.base import Body
from services.gateway.schemas.query_sets import JudgedQueryIn, QueriesIn, QuerySetIn
from services.gateway.state import gateway_of
from services.insight.query_sets import Judged
from services.search import media
from services.search.parts import SEARCHABLE, Medium, Part, check_part

MAX_FILES: Final = 3000
FILE: Final = "file:"
Sent = TypeVar("Sent", bound=Body)


@dataclass(frozen=True, slots=True)
class WithFiles(Generic[Sent]):
    """What was sent, and the files beside it by their names."""

    sent: Sent
    files: Mapping[str, bytes]


def _reader(
    model: type[Sent],
) -> Callable[[Request], Coroutine[Any, Any, WithFiles[Sent]]]:
    async def read(request: Request) -> WithFiles[Sent]:
        """Raises InputError's family."""
        kind = media_type(request)
        if kind == JSON:
            raw = await request.body()
            return WithFiles(await run_in_threadpool(_parsed, model, raw, place=""), {})
        if kind == MULTIPART:
            most = gateway_of(request).runtime.settings.server.max_request_bytes
            async with request.form(max_files=MAX_FILES, max_fields=1, max_part_size=most) as form:
                return await run_in_threadpool(_read_form, model, form)
        raise UnsupportedMedia(
            f"the Content-Type must be {JSON} or {MULTIPART}, not {kind or 'absent'}"
        )

    return read


read_query_set = _reader(QuerySetIn)
read_queries = _reader(QueriesIn)


def judged(ports: Ports, queries: list[JudgedQueryIn], files: Mapping[str, bytes]) -> list[Judged]:
    """The queries with their media's bytes, checked and without metadata.

    All addresses together are waited for as long as one search would. Raises InputError naming the
    query's field, MediaRefused, FetchFailed.
    """
    until = media.patience(ports)
    made = []
    for place, query in enumerate(queries):
        where = f"queries[{place}]"
        found = {
            kind: _bytes(ports, kind, reference, files, field=f"{where}.{kind}", until=until)
            for kind in SEARCHABLE
            if (reference := getattr(query, kind)) is not None
        }
        made.append(Judged(_query(ports, query, where, asked_with_media=bool(found)), found))
    return made


def _query(
    ports: Ports, query: JudgedQueryIn, where: str, *, asked_with_media: bool
) -> JudgedQuery:
    if query.text is not None:
        longest = ports.settings.search.max_text_characters
        check_part(Part(text=query.text), f"{where}.text", longest_text=longest)
    elif not asked_with_media:
        raise InputError.at(where, "must have a text, an image, an audio or a video")
    return JudgedQuery(
        id=query.id,
        text=query.text,
        category=query.category,
        paraphrase_of=query.paraphrase_of,
        grades=query.grades,
    )


def _bytes(
    ports: Ports,
    kind: Kind,
    reference: str,
    files: Mapping[str, bytes],
    *,
    field: str,
    until: float,
) -> bytes:
    if reference.startswith(FILE):
        name = reference.removeprefix(FILE)
        if name not in files:
            raise InputError.at(field, f"names the file {name[:100]!r}, which was not sent")
        medium = Medium(kind, data=files[name])
    else:
        medium = Medium.named(kind, reference, field=field)
    check_part(Part(medium=medium), field, longest_text=1)
    limits = ports.settings.media
    if medium.media_id is not None:
        held = query_media.find(ports, medium.media_id)
        media.check_stored(held, kind, field=field, limits=limits, now=ports.clock())
    data = media.read(medium, field=field, ports=ports, until=until)
    if medium.media_id is not None or kind is not Kind.IMAGE:
        return data  # normalised already
    return images.normalise(data, limits).full


def _read_form(model: type[Sent], form: FormData) -> WithFiles[Sent]:
    sent: Sent | None = None
    files: dict[str, bytes] = {}
    for name, part in form.multi_items():
        data = part.file.read() if isinstance(part, UploadFile) else part.encode()
        filename = (part.filename or "") if isinstance(part, UploadFile) else ""
        if name == "request":
            if sent is not None:
                raise InputError.at(name, "is given more than once")
            sent = _parsed(model, data, place="request")
        elif not filename:
            raise InputError.at(name[:100], "is not a part we know: send `request` and files")
        elif filename in files:
            raise InputError.at(f"{FILE}{filename[:100]}", "is given more than once")
        else:
            files[filename] = data
    if sent is None:
        raise InputError.at("request", "is missing: send the queries in a part of this name")
    return WithFiles(sent, files)


def _parsed(model: type[Sent], raw: bytes, *, place: str) -> Sent:
    value = strict_json.loads(raw, place=place)
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise invalid(error.errors()) from error
