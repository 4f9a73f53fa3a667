"""Where a medium and its thumbnail lie in the media store."""

from __future__ import annotations


def full_key(media_id: str) -> str:
    """Where the normalised medium lies in the media store."""
    return f"media/full/{media_id}"


def thumbnail_key(media_id: str) -> str:
    """Where its thumbnail lies."""
    return f"media/thumbnail/{media_id}"
