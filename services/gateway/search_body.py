"""Reads a search, as JSON or as a form with media, and makes the flow's request of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request

from services.core import filters
from services.core.errors import InputError, TooLarge, UnsupportedMedia
from services.core.media.kinds import Kind, max_bytes
from services.core.settings import MediaLimits
from services.core.types.indexes import AttributeType
from services.gateway import strict_json
from services.gateway.documents_body import JSON, MULTIPART
from services.gateway.errors import invalid
from services.gateway.routing import PARSE_IN_THREAD_ABOVE, media_type
from services.gateway.schemas.facets import facets_of
from services.gateway.schemas.rerank import spec_of
from services.gateway.schemas.retrieval import WeightsIn, sort_of
from services.gateway.schemas.search import PARTS, NarrowIn, PartIn, SearchIn
from services.gateway.state import gateway_of
from services.search import fuse
from services.search.parts import SEARCHABLE, Medium, Part
from services.search.request import Fusion, GroupBy, SearchRequest, Target

_LISTED: Final = ", ".join(PARTS)


@dataclass(frozen=True, slots=True)
class SearchBody:
    """What was asked, and the media that came as files."""

    asked: SearchIn
    files: Mapping[Kind, bytes]


async def read_search(request: Request) -> SearchBody:
    """Read a search's body. Raises InputError's family."""
    kind = media_type(request)
    if kind == JSON:
        raw = await request.body()
        if len(raw) <= PARSE_IN_THREAD_ABOVE:
            return SearchBody(_parse(raw, place=""), {})
        return SearchBody(await run_in_threadpool(_parse, raw, place=""), {})
    if kind == MULTIPART:
        settings = gateway_of(request).runtime.settings
        whole = settings.server.max_request_bytes
        async with request.form(max_files=4, max_fields=4, max_part_size=whole) as form:
            return await run_in_threadpool(_read_form, form, settings.media)
    raise UnsupportedMedia(
        f"the Content-Type must be {JSON} or {MULTIPART}, not {kind or 'absent'}"
    )


def request_of(
    index: str, attributes: Mapping[str, AttributeType], body: SearchBody
) -> SearchRequest:
    """Make the flow's request; `attributes` are the declared ones. Raises InputError."""
    asked = body.asked
    return SearchRequest(
        index=index,
        parts=tuple(_parts(asked, body.files)),
        hybrid=None if asked.hybrid is None else asked.hybrid.lexical,
        rrf_k=fuse.K if asked.hybrid is None else asked.hybrid.k,
        fusion=Fusion(asked.fusion) if isinstance(asked.fusion, str) else None,
        understand=asked.understand,
        **narrowed(attributes, asked),
    )


def narrowed(attributes: Mapping[str, AttributeType], asked: NarrowIn) -> dict[str, Any]:
    """What every search may ask for, as the flow's arguments. Raises BadFilter."""
    wanted = asked.filter
    return {
        "target": Target(asked.target),
        "filter": None if wanted is None else filters.parse(wanted, attributes),
        "limit": asked.limit,
        "offset": asked.offset,
        "cursor": asked.cursor,
        "min_score": asked.min_score,
        "group_by": GroupBy(asked.group_by),
        "explain": asked.explain,
        "rerank": spec_of(asked.rerank, asked.deadline_ms),
        "max_per": asked.max_per,
        "facets": facets_of(asked.facets),
        "sort": sort_of(asked.sort),
        "suggest": asked.suggest,
    }


def _parts(asked: SearchIn, files: Mapping[Kind, bytes]) -> list[Part]:
    own = _own_parts(asked, files)
    if asked.parts is None:
        return own
    if own:
        raise InputError.at("parts", f"cannot be combined with {_LISTED}")
    if asked.weights is not None or isinstance(asked.fusion, WeightsIn):
        field = "fusion" if asked.weights is None else "weights"
        raise InputError.at(field, "cannot be combined with parts, which have their own")
    return [_part(part, f"parts[{place}]") for place, part in enumerate(asked.parts)]


def _own_parts(asked: SearchIn, files: Mapping[Kind, bytes]) -> list[Part]:
    weights, source = _weights(asked)
    media = {kind: _own_medium(asked, kind, files.get(kind)) for kind in SEARCHABLE}
    own = {
        "text": None if asked.text is None else Part(text=asked.text),
        **{
            kind.value: None if medium is None else Part(medium=medium)
            for kind, medium in media.items()
        },
        "document_id": None if asked.document_id is None else Part(document_id=asked.document_id),
    }
    parts = [
        replace(part, field=name, weight=weights.pop(name, 1.0))
        for name, part in own.items()
        if part is not None
    ]
    if weights and asked.parts is None:
        name = next(iter(weights))
        raise InputError.at(f"{source}.{name}", f"has no {name} to weigh")
    return parts


def _weights(asked: SearchIn) -> tuple[dict[str, float], str]:
    """The parts' weights, and the field they were given in."""
    if not isinstance(asked.fusion, WeightsIn):
        given = asked.weights or WeightsIn()
        return given.model_dump(exclude_none=True), "weights"
    if asked.weights is not None:
        raise InputError.at("fusion", "cannot be weights where `weights` is given too")
    return asked.fusion.model_dump(exclude_none=True), "fusion"


def _own_medium(asked: SearchIn, kind: Kind, file: bytes | None) -> Medium | None:
    reference: str | None = getattr(asked, kind)
    if reference is None:
        return None if file is None else Medium(kind, data=file)
    if file is not None:
        raise InputError.at(kind, "is given twice: in the request and as a file")
    return Medium.named(kind, reference, field=kind)


def _part(part: PartIn, field: str) -> Part:
    given = [name for name in PARTS if getattr(part, name) is not None]
    if len(given) != 1:
        raise InputError.at(field, f"must have exactly one of {_LISTED}")
    name = given[0]
    where = f"{field}.{name}"
    medium = None
    if name in SEARCHABLE:
        medium = Medium.named(Kind(name), getattr(part, name), field=where)
    return Part(
        text=part.text,
        medium=medium,
        document_id=part.document_id,
        weight=part.weight,
        field=where,
    )


def _read_form(form: FormData, limits: MediaLimits) -> SearchBody:
    asked: SearchIn | None = None
    files: dict[Kind, bytes] = {}
    seen: set[str] = set()
    for name, part in form.multi_items():
        if name not in ("request", *SEARCHABLE):
            shown = ", ".join(SEARCHABLE)
            raise InputError.at(name[:100], f"is not a part we know: send `request`, {shown}")
        if name in seen:
            raise InputError.at(name, "is given more than once")
        seen.add(name)
        data = part.file.read() if isinstance(part, UploadFile) else part.encode()
        if name == "request":
            asked = _parse(data, place="request")
        elif not isinstance(part, UploadFile):
            raise InputError.at(name, "must be a file; name an address or id in `request`")
        elif len(data) > (most := max_bytes(Kind(name), limits)):
            raise TooLarge.at(name, f"must have at most {most} bytes")
        else:
            files[Kind(name)] = data
    if asked is None and not files:
        raise InputError.at("request", "is missing: send `request`, a medium or both")
    return SearchBody(asked or SearchIn(), files)


def _parse(raw: bytes, *, place: str) -> SearchIn:
    value = strict_json.loads(raw, place=place)
    try:
        return SearchIn.model_validate(value)
    except ValidationError as error:
        raise invalid(error.errors()) from error
