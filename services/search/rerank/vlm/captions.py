"""One sentence about the query's picture, asked for while retrieval runs, kept by content."""

from __future__ import annotations

import hashlib
import logging
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from threading import Lock
from typing import Final

from cachetools import LRUCache

from services.core.errors import MargayError
from services.core.ports.vision import VisionModel
from services.search.rerank.vlm import prompt

logger: Final = logging.getLogger(__name__)
KEPT: Final = 1024


class Captions:
    """Captions of one model; safe to use from several threads."""

    def __init__(self, model: VisionModel, *, threads: int = 4) -> None:
        self._model = model
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="caption")
        self._lock = Lock()
        self._known: LRUCache[str, Future[str | None]] = LRUCache(KEPT)

    def begin(self, picture: bytes, *, timeout_s: float) -> Future[str | None]:
        """Ask for a caption unless it is known or being asked for; never raises.

        A failure is forgotten, so that the next search asks again.
        """
        key = hashlib.sha256(picture).hexdigest()
        with self._lock:
            found = self._known.get(key)
            if found is None:
                found = self._known[key] = self._pool.submit(self._ask, key, picture, timeout_s)
        return found

    def _ask(self, key: str, picture: bytes, timeout_s: float) -> str | None:
        try:
            answer = self._model.ask(
                picture,
                instructions=prompt.CAPTION,
                data="Describe the picture.",
                schema=None,
                max_tokens=prompt.CAPTION_TOKENS,
                timeout_s=timeout_s,
            )
        except MargayError as error:
            logger.info("caption.failed: %s", error)
            with self._lock:
                self._known.pop(key, None)
            return None
        return prompt.clean_caption(answer)

    def close(self) -> None:
        """Begin nothing more."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def wait(caption: Future[str | None] | None, *, timeout_s: float) -> str | None:
    """The caption if it comes in time; a ranking without one is still a ranking."""
    if caption is None:
        return None
    try:
        return caption.result(timeout=max(0.0, timeout_s))
    except NotYet:
        return None
