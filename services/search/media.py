"""The bytes of the pictures and recordings that are searched with; none of them is kept."""

from __future__ import annotations

from datetime import datetime
from time import monotonic

from services.core.errors import FieldProblem, InputError, MediaRefused, NotFound, TooLarge
from services.core.media import data_uri, images, recordings
from services.core.media.kinds import Kind, max_bytes
from services.core.media.stored_pictures import full_key
from services.core.ports import Ports
from services.core.settings import MediaLimits
from services.core.types.documents import Media
from services.search.parts import Medium
from services.search.request import SearchRequest


def resolve(request: SearchRequest, *, ports: Ports) -> dict[int, bytes]:
    """Encoded media by part position. Raises what `read` does, naming the part."""
    until = patience(ports)
    return {
        position: read(part.medium, field=request.field(position), ports=ports, until=until)
        for position, part in enumerate(request.parts)
        if part.medium is not None
    }


def patience(ports: Ports) -> float:
    """Monotonic time until which the addresses of one request are waited for, however many."""
    return monotonic() + ports.settings.media.fetch_timeout_s


def read(medium: Medium, *, field: str, ports: Ports, until: float) -> bytes:
    """The encoded bytes of one medium, fit to be embedded; `until` as `patience` gives it.

    Whether a media id may be used is for the caller to have checked (`check_stored`). Raises
    InputError, TooLarge and MediaRefused naming `field`, and FetchFailed.
    """
    if medium.media_id is not None:
        try:
            return ports.media.get(full_key(medium.media_id))
        except NotFound as error:
            raise InputError.at(field, f"is a {medium.kind.noun} whose bytes are gone") from error
    data = _received(medium, field=field, ports=ports, until=until)
    try:
        return _fit(data, medium.kind, ports.settings.media)
    except MediaRefused as error:
        raise refused_at(field, error) from error


def query_limits(limits: MediaLimits) -> MediaLimits:
    """The same limits, with that of a recording's length for one that is searched with."""
    return limits.model_copy(update={"max_recording_s": limits.max_query_recording_s})


def check_stored(
    media: Media, kind: Kind, *, field: str, limits: MediaLimits, now: datetime
) -> None:
    """Raise InputError naming `field` unless a medium we hold can be searched with as `kind`."""
    if media.kind != kind:
        raise InputError.at(field, f"is the id of another kind of medium, not of a {kind.noun}")
    if media.expires_at is not None and media.expires_at <= now:
        raise InputError.at(field, f"has expired; upload the {kind.noun} again")
    longest = limits.max_query_recording_s
    if media.duration_s is not None and media.duration_s > longest:
        raise InputError.at(field, f"takes {media.duration_s:.0f} s; at most {longest:g} s")


def refused_at(field: str, error: MediaRefused) -> MediaRefused:
    """The same refusal, naming `field`."""
    problem = FieldProblem(field, error.detail)
    return MediaRefused(f"{field}: {error.detail}", reason=error.reason, fields=(problem,))


def _received(medium: Medium, *, field: str, ports: Ports, until: float) -> bytes:
    """Bytes from outside, not larger than a medium of its kind may be."""
    limit = max_bytes(medium.kind, ports.settings.media)
    if medium.data is not None:
        data = medium.data
    elif medium.url is not None and medium.url[:5].lower() == "data:":
        data = data_uri.decode(medium.url, limit_bytes=limit, field=field, kind=medium.kind)
    else:
        data = _fetched(medium.url or "", limit=limit, field=field, ports=ports, until=until)
    if len(data) > limit:
        raise TooLarge.at(field, f"must have at most {limit} bytes")
    return data


def _fetched(url: str, *, limit: int, field: str, ports: Ports, until: float) -> bytes:
    """Bytes at an address: of what came with the request there could not be more either.

    Somebody waits, on a thread of the server: however large a medium may be, the time is one.
    """
    most = min(limit, ports.settings.server.max_request_bytes)
    try:
        left_s = max(0.0, until - monotonic())
        return ports.fetcher.fetch(url, max_bytes=most, timeout_s=left_s)
    except MediaRefused as error:
        raise refused_at(field, error) from error


def _fit(data: bytes, kind: Kind, limits: MediaLimits) -> bytes:
    if kind == Kind.IMAGE:
        # It is not kept, so it is re-encoded only where a model might see another picture.
        return images.as_shown(data, limits)
    # A copy without what the embedder has no use for: further streams, covers, titles.
    return recordings.normalise(data, kind, query_limits(limits)).full
