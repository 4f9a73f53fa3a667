"""Query media: checked and normalised like a document's, kept for a while, owned by no index."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TypeAlias

from services.core import ids
from services.core.errors import MediaRefused, NotFound, TooLarge
from services.core.media import images, recordings, stored_media
from services.core.media.containers import container
from services.core.media.images import NormalisedImage
from services.core.media.kinds import Kind, max_bytes
from services.core.media.recording_streams import opened
from services.core.media.recordings import NormalisedRecording
from services.core.ports import Ports
from services.core.settings import MediaLimits
from services.core.types.documents import Media
from services.ingest.media import media_lock
from services.search.media import query_limits, refused_at

Normalised: TypeAlias = NormalisedImage | NormalisedRecording


def keep(ports: Ports, data: bytes) -> Media:
    """Keep a picture, a sound or a video, whichever it is by its content, until its time is up.

    The same bytes give the same id and start anew. Raises MediaRefused and TooLarge naming `file`,
    InsufficientStorage.
    """
    limits = query_limits(ports.settings.media)
    try:
        kind = _kind(data, limits)
        if len(data) > (most := max_bytes(kind, limits)):
            raise TooLarge.at("file", f"must have at most {most} bytes")
        made = _normalised(data, kind, limits)
    except MediaRefused as error:
        raise refused_at("file", error) from error
    media = _media(made, kind, ports=ports)
    with ports.locks.sharing(media_lock("")):  # the sweep's: it may be about to drop this very one
        # Entered first: what a crash leaves of its bytes is then dropped when its time is up.
        with ports.database.work() as work:
            work.media.put(media)
        stored_media.put(ports.media, media.id, made)
    return media


def find(ports: Ports, media_id: str) -> Media:
    """Return a medium that has not expired. Raises NotFound."""
    with ports.database.read() as work:
        media = work.media.get(media_id)
    if media.expires_at is not None and media.expires_at <= ports.clock():
        raise NotFound(f"there is no medium {media_id!r}")
    return media


def _kind(data: bytes, limits: MediaLimits) -> Kind:
    """What it is by its content; what is no recording is for the check of pictures to refuse."""
    found = container(data)
    if found is None:
        return Kind.IMAGE
    with opened(data, found, limits) as streams:
        return Kind.AUDIO if streams.pictures is None else Kind.VIDEO


def _normalised(data: bytes, kind: Kind, limits: MediaLimits) -> Normalised:
    if kind is Kind.IMAGE:
        return images.normalise(data, limits)
    return recordings.normalise(data, kind, limits)


def _media(made: Normalised, kind: Kind, *, ports: Ports) -> Media:
    secret, sha256 = ports.database.instance_secret(), made.sha256_of_input
    now = ports.clock()
    media = Media(
        id=ids.media_id(secret, index="", content_sha256=sha256),
        index=None,
        kind=kind.value,
        content_type=made.content_type,
        width=made.width,
        height=made.height,
        bytes=len(made.full),
        sha256=sha256,
        owner=None,
        created_at=now,
        expires_at=now + timedelta(seconds=ports.settings.media.query_media_ttl_s),
    )
    if isinstance(made, NormalisedImage):
        return media
    return replace(media, duration_s=made.duration_s, sound=made.sound_s > 0, sound_s=made.sound_s)
