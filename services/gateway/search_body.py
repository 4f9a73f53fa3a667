"""Reads a search, as JSON or as a form with a picture, and makes the flow's request of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request

from services.core import filters
from services.core.errors import InputError, TooLarge, UnsupportedMedia
from services.core.types.indexes import AttributeType
from services.gateway import strict_json
from services.gateway.documents_body import JSON, MULTIPART
from services.gateway.errors import invalid
from services.gateway.routing import PARSE_IN_THREAD_ABOVE, media_type
from services.gateway.schemas.search import NarrowIn, PartIn, SearchIn
from services.gateway.state import gateway_of
from services.search.request import Fusion, GroupBy, Part, SearchRequest, Target


@dataclass(frozen=True, slots=True)
class SearchBody:
    """What was asked, and the picture that came as a file."""

    asked: SearchIn
    picture: bytes | None


async def read_search(request: Request) -> SearchBody:
    """Read a search's body. Raises InputError's family."""
    kind = media_type(request)
    if kind == JSON:
        raw = await request.body()
        if len(raw) <= PARSE_IN_THREAD_ABOVE:
            return SearchBody(_parse(raw, place=""), None)
        return SearchBody(await run_in_threadpool(_parse, raw, place=""), None)
    if kind == MULTIPART:
        settings = gateway_of(request).runtime.settings
        whole = settings.server.max_request_bytes
        async with request.form(max_files=2, max_fields=2, max_part_size=whole) as form:
            return await run_in_threadpool(_read_form, form, settings.media.max_image_bytes)
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
        parts=tuple(_parts(asked, body.picture)),
        hybrid=None if asked.hybrid is None else asked.hybrid.lexical,
        fusion=None if asked.fusion is None else Fusion(asked.fusion),
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
    }


def _parts(asked: SearchIn, picture: bytes | None) -> list[Part]:
    own = _own_parts(asked, picture)
    if asked.parts is None:
        return own
    if own:
        raise InputError.at("parts", "cannot be combined with text, image or document_id")
    if asked.weights is not None:
        raise InputError.at("weights", "cannot be combined with parts, which have their own")
    return [_part(part, f"parts[{place}]") for place, part in enumerate(asked.parts)]


def _own_parts(asked: SearchIn, picture: bytes | None) -> list[Part]:
    weights = {} if asked.weights is None else asked.weights.model_dump(exclude_none=True)
    if picture is not None and asked.image is not None:
        raise InputError.at("image", "is given twice: in the request and as a file")
    parts = []
    if asked.text is not None:
        parts.append(Part(text=asked.text, field="text", weight=weights.pop("text", 1.0)))
    if picture is not None:
        parts.append(Part(image=picture, field="image", weight=weights.pop("image", 1.0)))
    if asked.image is not None:
        parts.append(Part.picture(asked.image, weight=weights.pop("image", 1.0)))
    if asked.document_id is not None:
        weight = weights.pop("document_id", 1.0)
        parts.append(Part(document_id=asked.document_id, field="document_id", weight=weight))
    if weights and asked.parts is None:
        name = next(iter(weights))
        raise InputError.at(f"weights.{name}", f"has no {name} to weigh")
    return parts


def _part(part: PartIn, field: str) -> Part:
    given = [name for name in ("text", "image", "document_id") if getattr(part, name) is not None]
    if len(given) != 1:
        raise InputError.at(field, "must have exactly one of text, image and document_id")
    if part.image is not None:
        return Part.picture(part.image, weight=part.weight, field=f"{field}.image")
    return Part(
        text=part.text,
        document_id=part.document_id,
        weight=part.weight,
        field=f"{field}.{given[0]}",
    )


def _read_form(form: FormData, largest: int) -> SearchBody:
    asked: SearchIn | None = None
    picture: bytes | None = None
    seen: set[str] = set()
    for name, part in form.multi_items():
        if name not in ("request", "image"):
            raise InputError.at(name[:100], "is not a part we know: send `request` and `image`")
        if name in seen:
            raise InputError.at(name, "is given more than once")
        seen.add(name)
        data = part.file.read() if isinstance(part, UploadFile) else part.encode()
        if name == "request":
            asked = _parse(data, place="request")
        elif not isinstance(part, UploadFile):
            raise InputError.at("image", "must be a file; name an address or id in `request`")
        elif len(data) > largest:
            raise TooLarge(f"image: has more than {largest} bytes")
        else:
            picture = data
    if asked is None and picture is None:
        raise InputError.at("request", "is missing: send `request`, `image` or both")
    return SearchBody(asked or SearchIn(), picture)


def _parse(raw: bytes, *, place: str) -> SearchIn:
    value = strict_json.loads(raw, place=place)
    try:
        return SearchIn.model_validate(value)
    except ValidationError as error:
        raise invalid(error.errors()) from error
