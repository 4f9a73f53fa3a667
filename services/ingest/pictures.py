"""Pictures of a batch: each distinct one is checked and normalised once, then stored once."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from threading import Lock
from typing import Final

from services.core import ids
from services.core.errors import MargayError, NotFound, Unavailable
from services.core.media import stored_pictures
from services.core.media.images import NormalisedImage, normalise
from services.core.ports import Ports
from services.core.types.documents import Media
from services.ingest import references
from services.ingest.loading import Loader
from services.ingest.outcome import ItemFailed
from services.ingest.references import Form

logger: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that is fit to be stored, or (`image` None) already is."""

    media: Media
    image: NormalisedImage | None


class Pictures:
    """Makes pictures of references for one batch of one index; safe to use from threads."""

    def __init__(self, ports: Ports, index: str, loader: Loader) -> None:
        self._ports = ports
        self._index = index
        self._loader = loader
        self._secret = ports.database.instance_secret()
        self._lock = Lock()
        self._by_content: dict[str, Future[Picture]] = {}

    def make(self, reference: str, *, owner: str | None) -> Picture | MargayError | ItemFailed:
        """Load, check and normalise; an error is returned, for every item that refers to it."""
        if self._ports.stopping():
            return Unavailable("the process stops")
        try:
            if references.form(reference) is Form.MEDIA:
                return self._known(references.name(reference))
            return self._made_once(self._loader.load(reference), owner=owner)
        except (MargayError, ItemFailed) as error:
            return error
        except Exception:
            logger.exception("picture.failed")
            return ItemFailed("internal_error", "the picture could not be processed; see the log")

    def _known(self, media_id: str) -> Picture:
        with self._ports.database.read() as work:
            try:
                media = work.media.get(media_id)
            except NotFound:
                media = None
        if media is None or media.index != self._index:
            raise ItemFailed("media_gone", f"{media_id} is not a picture of this index")
        return Picture(media, None)

    def _made_once(self, data: bytes, *, owner: str | None) -> Picture:
        sha256 = hashlib.sha256(data).hexdigest()
        with self._lock:
            future = self._by_content.get(sha256)
            mine = future is None
            if future is None:
                future = self._by_content[sha256] = Future()
        if mine:
            try:
                future.set_result(self._make(data, sha256, owner=owner))
            except BaseException as error:
                future.set_exception(error)
                raise
        return future.result()

    def _make(self, data: bytes, sha256: str, *, owner: str | None) -> Picture:
        media_id = ids.media_id(self._secret, index=self._index, content_sha256=sha256)
        # Asked first because it is cheap, and for most pictures the answer is no.
        if self._ports.media.exists(stored_pictures.full_key(media_id)):
            try:
                return self._known(media_id)
            except ItemFailed:
                pass  # stored, but a crash came before it was entered: do it again
        image = normalise(data, self._ports.settings.media)
        media = Media(
            id=media_id,
            index=self._index,
            kind="image",
            content_type=image.content_type,
            width=image.width,
            height=image.height,
            bytes=len(image.full),
            sha256=sha256,
            owner=owner,
            created_at=self._ports.clock(),
            expires_at=None,
        )
        return Picture(media, image)


def store(ports: Ports, pictures: Iterable[Picture], *, pool: Executor) -> None:
    """Write the bytes that are not there yet; the caller holds the index's media lock.

    Raises InsufficientStorage; Unavailable when one was swept away since it was looked at (the
    next try finds that out and normalises it again).
    """
    list(pool.map(lambda picture: _store(ports, picture), pictures))


def _store(ports: Ports, picture: Picture) -> None:
    media_id = picture.media.id
    if ports.media.exists(stored_pictures.full_key(media_id)):
        return
    if picture.image is None:
        raise Unavailable(f"the bytes of {media_id} are gone")
    stored_pictures.put(ports.media, media_id, picture.image)


def media_lock(index: str) -> str:
    """Name of the lock between storing media of an index and sweeping abandoned ones."""
    return f"media:{index}"
