"""Media: uploaded to search with, and shown.

They are served without a key, as images of a page cannot send one: the id, which nobody can guess,
is the permission.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import Depends, Header, Path, Request, Response
from starlette.datastructures import UploadFile

from services.core.errors import InputError, InsufficientStorage, NotFound, UnsupportedMedia
from services.core.media.kinds import Kind
from services.core.media.stored_media import page_key
from services.core.media.stored_pictures import full_key, thumbnail_key
from services.core.types.access import Scope
from services.gateway import openapi, query_media, served_media
from services.gateway.deps import MediaId, PortsDep
from services.gateway.documents_body import MULTIPART
from services.gateway.openapi import fails
from services.gateway.routing import media_type, needs, open_to_all
from services.gateway.routing import router as make_router
from services.gateway.schemas.media import MEDIA_BODY, MediaOut

router = make_router("/v1/media", tag="media")

PageNumber = Annotated[int, Path(ge=1, le=100_000, description="From 1.")]
_BYTES: Final = {
    kind: {"schema": {"type": "string", "format": "binary"}}
    for kind in ("image/jpeg", "audio/*", "video/*", "application/pdf")
}
_MEDIUM: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "The medium", "content": _BYTES},
    206: {"description": "The part of it that was asked for", "content": _BYTES},
    416: {"description": "It ends before that part begins"},
}


async def read_file(request: Request) -> bytes:
    """Read the one file of a form. Raises InputError's family."""
    if media_type(request) != MULTIPART:
        raise UnsupportedMedia(f"the Content-Type must be {MULTIPART}, with a part `file`")
    async with request.form(max_files=1, max_fields=1) as form:
        for name, part in form.multi_items():
            if name != "file":
                raise InputError.at(name[:100], "is not a part we know: send `file`")
            if not isinstance(part, UploadFile):
                raise InputError.at("file", "must be a file")
            return await part.read()
    raise InputError.at("file", "is missing: send the medium in a part of this name")


@router.post(
    "",
    status_code=201,
    openapi_extra=needs(Scope.SEARCH, **openapi.body(MEDIA_BODY)),
    responses=fails(InsufficientStorage),
)
def upload(
    data: Annotated[bytes, Depends(read_file)], ports: PortsDep, response: Response
) -> MediaOut:
    """Upload a picture, a sound or a video to search with; until it expires, name it by its id."""
    media = query_media.keep(ports, data)
    response.headers["Location"] = f"/v1/media/{media.id}"
    return MediaOut.of(media)


@router.get(
    "/{media_id}",
    openapi_extra=open_to_all(),
    response_class=Response,
    responses={**_MEDIUM, **fails(NotFound)},
)
def medium(
    media_id: MediaId,
    ports: PortsDep,
    asked: Annotated[
        str | None, Header(alias="Range", description="A part, e.g. `bytes=0-1023`: to seek.")
    ] = None,
    if_range: Annotated[str | None, Header(alias="If-Range")] = None,
) -> Response:
    """Show a medium as we keep it: without metadata, a picture turned upright.

    Of recordings and PDFs a range of bytes may be asked for.
    """
    media = query_media.find(ports, media_id)
    key = full_key(media_id)
    if media.kind == Kind.IMAGE:
        return served_media.whole(ports, media, ports.media.get(key))
    return served_media.seekable(ports, media, key, asked=asked, if_range=if_range)


@router.get(
    "/{media_id}/thumbnail",
    openapi_extra=open_to_all(),
    response_class=Response,
    responses={**served_media.PICTURE, **fails(NotFound)},
)
def thumbnail(media_id: MediaId, ports: PortsDep) -> Response:
    """Show a small picture of a medium: of a video a moment, of a PDF the first page."""
    media = query_media.find(ports, media_id)
    return served_media.whole(ports, media, ports.media.get(thumbnail_key(media_id)))


@router.get(
    "/{media_id}/pages/{page}",
    openapi_extra=open_to_all(),
    response_class=Response,
    responses={**served_media.PICTURE, **fails(NotFound)},
)
def page(media_id: MediaId, page: PageNumber, ports: PortsDep) -> Response:
    """Show a page of a PDF as a picture."""
    media = query_media.find(ports, media_id)
    if not 1 <= page <= (media.pages or 0):
        raise NotFound(f"medium {media_id!r} has no page {page}")
    return served_media.whole(ports, media, ports.media.get(page_key(media_id, page)))
