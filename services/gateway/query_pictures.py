"""Query pictures: checked and normalised like a document's, kept for a while, owned by no index."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from services.core import ids
from services.core.errors import FieldProblem, MediaRefused, NotFound, TooLarge
from services.core.media import stored_pictures
from services.core.media.images import normalise
from services.core.ports import Ports
from services.core.types.documents import Media


def keep(ports: Ports, data: bytes) -> Media:
    """Keep a picture until its time is up; the same bytes give the same id and start anew.

    Raises MediaRefused, UnsupportedMedia, TooLarge, InsufficientStorage.
    """
    limits = ports.settings.media
    if len(data) > limits.max_image_bytes:
        raise TooLarge.at("file", f"must have at most {limits.max_image_bytes} bytes")
    try:
        image = normalise(data, limits)
    except MediaRefused as error:
        problem = FieldProblem("file", error.detail)
        raise MediaRefused(error.detail, reason=error.reason, fields=(problem,)) from error
    sha256 = hashlib.sha256(data).hexdigest()
    now = ports.clock()
    media = Media(
        id=ids.media_id(ports.database.instance_secret(), index="", content_sha256=sha256),
        index=None,
        kind="image",
        content_type=image.content_type,
        width=image.width,
        height=image.height,
        bytes=len(image.full),
        sha256=sha256,
        owner=None,
        created_at=now,
        expires_at=now + timedelta(seconds=limits.query_media_ttl_s),
    )
    stored_pictures.put(ports.media, media.id, image)
    with ports.database.work() as work:
        work.media.put(media)
    return media


def find(ports: Ports, media_id: str) -> Media:
    """Return a picture that has not expired. Raises NotFound."""
    with ports.database.read() as work:
        media = work.media.get(media_id)
    if media.expires_at is not None and media.expires_at <= ports.clock():
        raise NotFound(f"there is no medium {media_id!r}")
    return media
