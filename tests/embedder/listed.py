"""An embedder whose passes can be held, counted and made to fail; vectors tell the content."""

import zlib
from collections.abc import Sequence
from threading import Event, Lock, Semaphore

import numpy as np

from models import base
from services.core.types.vectors import Content

WAIT_S = 20
"""How long a test waits for what must happen before it fails."""

LONG_S = 3600.0
"""Longer than any test: what is waited for so long does not end by time."""


class Listed(base.TemplateEmbedder[list[base.Content]]):
    """Lists what came to `preprocess` and to `forward`.

    While it is held, `forward` says so by `entered` and waits. `room` is the most contents of a
    pass before it runs out of memory. The content of text `crash` breaks it, the picture
    `b"damaged"` cannot be read.
    """

    def __init__(
        self,
        *,
        joint: bool = False,
        room: int = 10_000,
        modalities: Sequence[str] = ("text", "image"),
        fingerprint: str = "00ff00ff",
    ) -> None:
        self.joint = joint
        self.room = room
        self.modalities = frozenset(map(base.Modality, modalities))
        self.fingerprint = fingerprint
        self.prepared: list[list[str]] = []
        self.passes: list[list[str]] = []
        self.entered = Semaphore(0)
        self.closed = False
        self.most_at_once = 0
        self._open = Event()
        self._open.set()
        self._lock = Lock()
        self._inside = 0

    def hold(self) -> None:
        self._open.clear()

    def release(self) -> None:
        self._open.set()

    def describe(self) -> base.Description:
        return base.Description(
            name="listed",
            fingerprint=self.fingerprint,
            modalities=self.modalities,
            joint=self.joint,
            dimensions=(4, 2),
            max_text_tokens=1000,
            licence="Apache-2.0",
            summary="For tests.",
            advice="For no search.",
            hears_video=True,
        )

    def weigh(self, content: base.Content) -> int:
        """As many tokens as the text has characters, 100 for a picture."""
        return 100 if content.text is None else len(content.text)

    def preprocess(self, modalities, batch, purpose):
        with self._lock:
            self.prepared.append([_name(content) for content in batch])
        if any(content.image == b"damaged" for content in batch):
            raise base.UnreadableMedia("damaged", "the picture is damaged")
        return list(batch)

    def forward(self, modalities, prepared) -> base.Vectors:
        assert not self.closed, "used after it was closed"
        with self._lock:
            self.passes.append([_name(content) for content in prepared])
            self._inside += 1
            self.most_at_once = max(self.most_at_once, self._inside)
        try:
            self.entered.release()
            assert self._open.wait(WAIT_S), "nobody released it"
        finally:
            with self._lock:
                self._inside -= 1
        if len(prepared) > self.room:
            raise base.OutOfMemory(f"no room for {len(prepared)}")
        if any(content.text == "crash" for content in prepared):
            raise RuntimeError("the device is lost")
        return np.stack([_raw(content) for content in prepared])

    def close(self) -> None:
        self.closed = True


def expected(content: Content) -> np.ndarray:
    """The unit vector of a content."""
    raw = _raw(base.Content(text=content.text, image=content.image))
    return raw / np.linalg.norm(raw)


def _name(content: base.Content) -> str:
    return content.text or repr(content.image or content.audio or content.video)


def _raw(content: base.Content) -> np.ndarray:
    kinds = (content.text or "").encode(), content.image or b"", content.audio or b""
    numbers = [zlib.crc32(data) % 1000 for data in kinds]
    return np.asarray([*numbers, 1], dtype=np.float32)
