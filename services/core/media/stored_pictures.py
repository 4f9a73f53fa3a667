"""Where a medium and its thumbnail lie in the media store, and how both get there."""

from __future__ import annotations

from services.core.media.images import NormalisedImage
from services.core.media.recordings import NormalisedRecording
from services.core.ports import MediaStore


def full_key(media_id: str) -> str:
    """Where the normalised medium lies in the media store."""
    return f"media/full/{media_id}"


def thumbnail_key(media_id: str) -> str:
    """Where its thumbnail lies."""
    return f"media/thumbnail/{media_id}"


def put(store: MediaStore, media_id: str, made: NormalisedImage | NormalisedRecording) -> None:
    """Write both, the thumbnail first: where there is a full medium, there is a thumbnail."""
    store.put(thumbnail_key(media_id), made.thumbnail)
    store.put(full_key(media_id), made.full)
