"""Media of a batch: each distinct one is checked and normalised once, then stored once."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final, assert_never

from services.core import ids
from services.core.errors import MargayError, MediaRefused, NotFound, Unavailable
from services.core.media import images, pdf, recordings, stored_media
from services.core.media.images import NormalisedImage
from services.core.media.kinds import Kind
from services.core.media.pdf import NormalisedPdf
from services.core.media.recordings import NormalisedRecording
from services.core.media.stored_media import Content
from services.core.media.stored_pictures import full_key
from services.core.ports import Ports
from services.core.settings import MediaLimits
from services.core.types.documents import Media
from services.ingest import references
from services.ingest.loading import Loader
from services.ingest.outcome import ItemFailed
from services.ingest.references import Form

logger: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Medium:
    """A medium that is fit to be stored, or (`content` None) already is."""

    media: Media
    content: Content | None


class Maker:
    """Makes media of references for one batch of one index; safe to use from threads."""

    def __init__(self, ports: Ports, index: str, loader: Loader) -> None:
        self._ports = ports
        self._index = index
        self._loader = loader
        self._secret = ports.database.instance_secret()
        self._lock = Lock()
        self._by_content: dict[tuple[Kind, str], Future[Medium]] = {}

    def make(
        self, reference: str, kind: Kind, *, owner: str | None
    ) -> Medium | MargayError | ItemFailed:
        """Load, check and normalise; an error is returned, for every item that refers to it."""
        if self._ports.stopping():
            return Unavailable("the process stops")
        try:
            if references.form(reference) is Form.MEDIA:
                return self._known(references.name(reference), kind)
            return self._made_once(self._loader.load(reference, kind), kind, owner=owner)
        except (MargayError, ItemFailed) as error:
            return error
        except Exception:
            logger.exception("medium.failed")
            return ItemFailed(
                "internal_error", f"the {kind.noun} could not be processed; see the log"
            )

    def _known(self, media_id: str, kind: Kind) -> Medium:
        with self._ports.database.read() as work:
            try:
                media = work.media.get(media_id)
            except NotFound:
                media = None
        if media is None or media.index != self._index:
            raise ItemFailed("media_gone", f"{media_id} is not a medium of this index")
        if media.kind != kind:
            raise MediaRefused(
                f"{media_id} is a {Kind(media.kind).noun}, not a {kind.noun}",
                reason="unsupported_type",
            )
        return Medium(media, None)

    def _made_once(self, data: bytes, kind: Kind, *, owner: str | None) -> Medium:
        sha256 = hashlib.sha256(data).hexdigest()
        with self._lock:
            future = self._by_content.get((kind, sha256))
            mine = future is None
            if future is None:
                future = self._by_content[kind, sha256] = Future()
        if mine:
            try:
                future.set_result(self._make(data, sha256, kind, owner=owner))
            except BaseException as error:
                future.set_exception(error)
                raise
        return future.result()

    def _make(self, data: bytes, sha256: str, kind: Kind, *, owner: str | None) -> Medium:
        media_id = ids.media_id(self._secret, index=self._index, content_sha256=sha256)
        # Asked first because it is cheap, and for most media the answer is no.
        if self._ports.media.exists(full_key(media_id)):
            try:
                return self._known(media_id, kind)
            except ItemFailed:
                pass  # stored, but a crash came before it was entered: do it again
        content = _normalised(data, kind, self._ports.settings.media)
        media = Media(
            id=media_id,
            index=self._index,
            kind=kind.value,
            content_type=content.content_type,
            bytes=len(content.full),
            sha256=sha256,
            owner=owner,
            created_at=self._ports.clock(),
            expires_at=None,
            **_facts(content),
        )
        made = Medium(media, content)
        return made if isinstance(content, NormalisedImage) else self._kept(made)

    def _kept(self, made: Medium) -> Medium:
        """Store it at once: a batch of large media does not fit into memory."""
        with self._ports.locks.sharing(media_lock(self._index)):
            _store(self._ports, made)
            with self._ports.database.work() as work:
                work.media.put(made.media)
        return Medium(made.media, None)


def store(ports: Ports, made: Iterable[Medium], *, pool: Executor) -> None:
    """Write the bytes that are not there yet; the caller shares the index's media lock.

    Raises InsufficientStorage; Unavailable when one was swept away since it was looked at (the
    next try finds that out and normalises it again).
    """
    list(pool.map(lambda one: _store(ports, one), made))


def _store(ports: Ports, made: Medium) -> None:
    media_id = made.media.id
    if ports.media.exists(full_key(media_id)):
        return
    if made.content is None:
        raise Unavailable(f"the bytes of {media_id} are gone")
    stored_media.put(ports.media, media_id, made.content)


def media_lock(index: str) -> str:
    """Name of the lock between storing media of an index and sweeping abandoned ones."""
    return f"media:{index}"


def _normalised(data: bytes, kind: Kind, limits: MediaLimits) -> Content:
    match kind:
        case Kind.IMAGE:
            return images.normalise(data, limits)
        case Kind.AUDIO | Kind.VIDEO:
            return recordings.normalise(data, kind, limits)
        case Kind.FILE:
            return pdf.normalise(data, limits)
        case _:
            assert_never(kind)


def _facts(content: Content) -> dict[str, Any]:
    """What only a medium of this kind has."""
    match content:
        case NormalisedImage():
            return {"width": content.width, "height": content.height}
        case NormalisedRecording():
            return {
                "width": content.width,
                "height": content.height,
                "duration_s": content.duration_s,
                "sound": content.sound_s > 0,
                "sound_s": content.sound_s,
            }
        case NormalisedPdf():
            worded = tuple(number for number, text in enumerate(content.words, start=1) if text)
            return {"width": 0, "height": 0, "pages": len(content.pages), "worded": worded}
        case _:
            assert_never(content)
