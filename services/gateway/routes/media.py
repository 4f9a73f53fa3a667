"""Pictures: uploaded to search with, and served so that nothing in them can act.

They are served without a key, as images of a page cannot send one: the id, which nobody can guess,
is the permission.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import Depends, Request, Response
from starlette.datastructures import UploadFile

from services.core.errors import InputError, InsufficientStorage, NotFound, UnsupportedMedia
from services.core.media.stored_pictures import full_key, thumbnail_key
from services.core.ports import Ports
from services.core.types.access import Scope
from services.core.types.documents import Media
from services.gateway import openapi, query_media
from services.gateway.deps import MediaId, PortsDep
from services.gateway.documents_body import MULTIPART
from services.gateway.openapi import fails
from services.gateway.routing import media_type, needs, open_to_all
from services.gateway.routing import router as make_router
from services.gateway.schemas.media import MEDIA_BODY, MediaOut

router = make_router("/v1/media", tag="media")

_FOR_GOOD_S: Final = 365 * 24 * 3600
_PICTURE: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The picture",
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}}
            for kind in ("image/webp", "image/jpeg")
        },
    }
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
    responses={**_PICTURE, **fails(NotFound)},
)
def picture(media_id: MediaId, ports: PortsDep) -> Response:
    """Show a picture as we keep it: turned upright, without metadata."""
    media = query_media.find(ports, media_id)
    return _served(ports, media, ports.media.get(full_key(media_id)))


@router.get(
    "/{media_id}/thumbnail",
    openapi_extra=open_to_all(),
    response_class=Response,
    responses={**_PICTURE, **fails(NotFound)},
)
def thumbnail(media_id: MediaId, ports: PortsDep) -> Response:
    """Show a small picture of a picture."""
    media = query_media.find(ports, media_id)
    return _served(ports, media, ports.media.get(thumbnail_key(media_id)))


def _served(ports: Ports, media: Media, data: bytes) -> Response:
    if media.expires_at is None:
        cache = f"private, max-age={_FOR_GOOD_S}, immutable"
    else:
        left = int((media.expires_at - ports.clock()).total_seconds())
        cache = f"private, max-age={max(0, left)}"
    headers = {
        "Cache-Control": cache,
        "Content-Type": "image/webp" if data.startswith(b"RIFF") else "image/jpeg",
        "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
        "Content-Disposition": "inline",
    }
    return Response(data, headers=headers)
