"""The bytes of the pictures that are searched with; none of them is kept."""

from __future__ import annotations

from services.core.errors import FieldProblem, InputError, MediaRefused, NotFound, TooLarge
from services.core.media import data_uri, images
from services.core.media.stored_pictures import full_key
from services.core.ports import Ports
from services.search.request import Part, SearchRequest


def resolve(request: SearchRequest, *, ports: Ports) -> dict[int, bytes]:
    """Encoded pictures by part position. Raises what `picture` does, naming the part."""
    return {
        position: picture(part, field=request.field(position), ports=ports)
        for position, part in enumerate(request.parts)
        if part.is_picture
    }


def picture(part: Part, *, field: str, ports: Ports) -> bytes:
    """The encoded bytes of one picture, fit to be embedded.

    Whether a media id may be used is for the caller to have checked. Raises InputError, TooLarge
    and MediaRefused naming `field`, and FetchFailed.
    """
    if part.media_id is not None:
        try:
            return ports.media.get(full_key(part.media_id))
        except NotFound as error:
            raise InputError.at(field, "is a picture whose bytes are gone") from error
    return _received(part, field=field, ports=ports)


def _received(part: Part, *, field: str, ports: Ports) -> bytes:
    """Bytes from outside, not larger than a picture may be."""
    limit = ports.settings.media.max_image_bytes
    if part.image is not None:
        data = part.image
    elif part.image_url is not None and part.image_url[:5].lower() == "data:":
        data = data_uri.decode(part.image_url, limit_bytes=limit, field=field)
    else:
        data = _fetched(part.image_url or "", field=field, ports=ports)
    if len(data) > limit:
        raise TooLarge.at(field, f"must have at most {limit} bytes")
    try:
        # Checked, not normalised: it is not kept, and the embedder decodes it once.
        images.check(data, ports.settings.media)
    except MediaRefused as error:
        raise refused_at(field, error) from error
    return data


def _fetched(url: str, *, field: str, ports: Ports) -> bytes:
    try:
        return ports.fetcher.fetch(url)
    except MediaRefused as error:
        raise refused_at(field, error) from error


def refused_at(field: str, error: MediaRefused) -> MediaRefused:
    """The same refusal, naming `field`."""
    problem = FieldProblem(field, error.detail)
    return MediaRefused(f"{field}: {error.detail}", reason=error.reason, fields=(problem,))
