"""A second, model-free EmbedderClient: words are hashed, pictures are their coarse colours."""

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, UnidentifiedImageError

from services.core.errors import InputError
from services.core.types.vectors import Content, EmbedderInfo, Matrix, Modality, Purpose
from services.core.vectors import normalise, truncate

SIZE = 64
NAME = "hashing"


@dataclass(frozen=True, slots=True)
class HashingEmbedder:
    """Equal contents get equal vectors, different ones nearly always different ones.

    `revision` stands for the weights: another one is another fingerprint and other vectors.
    """

    revision: str = "1"
    modalities: frozenset[str] = frozenset({Modality.TEXT, Modality.IMAGE})
    joint: bool = False
    others: tuple[str, ...] = ()
    """Names it answers to as well, each with vectors of its own."""

    def names(self) -> tuple[str, ...]:
        return (NAME, *self.others)

    def info(self, embedder: str) -> EmbedderInfo:
        self._known(embedder)
        return EmbedderInfo(
            name=embedder,
            fingerprint=_digest(f"{embedder}/{self.revision}").hex()[:16],
            modalities=self.modalities,
            joint=self.joint,
            dimensions=(SIZE, 32, 16),
            max_text_tokens=512,
            licence="Apache-2.0",
            summary="Hashes words and coarse colours; for tests.",
        )

    def embed(
        self,
        embedder: str,
        contents: Sequence[Content],
        purpose: Purpose,
        *,
        dimensions: int | None = None,
    ) -> Matrix:
        self._known(embedder)
        rows = [self._vector(embedder, content) for content in contents]
        matrix = np.stack(rows) if rows else np.zeros((0, SIZE), dtype=np.float32)
        return matrix if dimensions is None or not rows else truncate(matrix, dimensions)

    def check(self) -> None:
        """Always there."""

    def _known(self, embedder: str) -> None:
        if embedder not in self.names():
            raise InputError.at("embedder", f"{embedder!r} is not known")

    def _vector(self, embedder: str, content: Content) -> np.ndarray:
        parts = []
        if content.text is not None and Modality.TEXT in self.modalities:
            words = content.text.lower().replace(".", " ").split() or [""]
            parts += [self._direction(embedder, word) for word in words]
        if content.image is not None and Modality.IMAGE in self.modalities:
            parts.append(self._direction(embedder, _colours(content.image)))
        wanted = (content.text is not None) + (content.image is not None)
        if not parts or (wanted == 2 and not self.joint):
            raise InputError.at("content", "cannot be embedded")
        return normalise(np.sum(parts, axis=0))

    def _direction(self, embedder: str, word: str) -> np.ndarray:
        seed = int.from_bytes(_digest(f"{embedder}/{self.revision}/{word}"))
        return np.random.default_rng(seed).standard_normal(SIZE)


def _colours(data: bytes) -> str:
    try:
        with Image.open(io.BytesIO(data)) as image:
            small = image.convert("RGB").resize((3, 3), Image.Resampling.BOX)
    except (UnidentifiedImageError, OSError) as error:
        raise InputError.at("content.image", "is no picture") from error
    # Coarse, so that lossy storing does not change it.
    return " ".join(str(value // 64) for value in small.tobytes())


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()[:16]
