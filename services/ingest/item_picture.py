"""A small picture of what was sent for an item, so that people see what has failed."""

from __future__ import annotations

from collections.abc import Iterator

from services.core.errors import MargayError, NotFound
from services.core.media import images
from services.core.media.kinds import Kind
from services.core.media.stored_pictures import thumbnail_key
from services.core.ports import Ports
from services.core.types.jobs import Item
from services.ingest import references
from services.ingest.loading import Loader
from services.ingest.outcome import ItemFailed
from services.ingest.references import Form


def shown(item: Item) -> str | None:
    """The reference of the picture that stands for it: one of ours before one to be fetched."""
    pictures = _pictures(item)
    return next((each for each in pictures if _is_ours(each)), next(iter(pictures), None))


def is_address(reference: str) -> bool:
    """Whether it leads to another server, which is not asked again for the sake of a look."""
    return references.form(reference) is Form.URL


def thumbnail(ports: Ports, job_id: str, sequence: int) -> bytes:
    """A small JPEG or WebP of its first picture that can be decoded, without fetching anything.

    Raises NotFound for the job or the item, or when no picture of it can be shown: none was sent,
    the bytes are no longer kept, or every one is damaged.
    """
    with ports.database.read() as work:
        job = work.jobs.get(job_id)
        found = work.jobs.items(job_id, state=None, after=sequence - 1, limit=1)
    if not found or found[0].sequence != sequence:
        raise NotFound(f"job {job_id!r} has no item {sequence}")
    for data in _thumbnails(ports, found[0], Loader(ports, job)):
        return data
    raise NotFound("no picture that was sent for this item can be shown")


def _thumbnails(ports: Ports, item: Item, loader: Loader) -> Iterator[bytes]:
    for reference in filter(_is_ours, _pictures(item)):
        try:
            if references.form(reference) is Form.MEDIA:
                yield _stored(ports, item, references.name(reference))
            else:
                data = loader.load(reference, Kind.IMAGE)
                yield images.normalise(data, ports.settings.media).thumbnail
        except (MargayError, ItemFailed):
            continue  # gone, or the very reason why the item failed: the next one may do


def _stored(ports: Ports, item: Item, media_id: str) -> bytes:
    """The thumbnail of a medium of the item's own index. Raises NotFound."""
    with ports.database.read() as work:
        media = work.media.get(media_id)
    if media.index != item.index:
        raise NotFound(f"{media_id} is not a medium of this index")
    return ports.media.get(thumbnail_key(media_id))


def _pictures(item: Item) -> list[str]:
    named = item.payload.get("images")
    return [each for each in named if isinstance(each, str)] if isinstance(named, list) else []


def _is_ours(reference: str) -> bool:
    return not is_address(reference)
