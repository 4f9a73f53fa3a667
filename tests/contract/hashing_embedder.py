"""A second, model-free EmbedderClient: words are hashed, media are their coarse contents."""

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, UnidentifiedImageError

from models import film, sound
from models.base import UnreadableMedia
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
    hears_video: bool = False

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
            summary="Hashes words, coarse colours and pitches; for tests.",
            hears_video=self.hears_video,
        )

    def able(self, modality: str) -> tuple[str, ...]:
        return tuple(name for name in self.names() if modality in self.info(name).modalities)

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
        for word in self._recorded(content):
            parts.append(self._direction(embedder, word))
        given = (content.text, content.image, content.audio, content.video)
        wanted = sum(one is not None for one in given)
        if not parts or (wanted > 1 and not self.joint):
            raise InputError.at("content", "cannot be embedded")
        return normalise(np.sum(parts, axis=0))

    def _recorded(self, content: Content) -> list[str]:
        """Pitches and colours of the stretch that is meant, and of nothing else."""
        stretch = {"start_s": content.start_s, "end_s": content.end_s}
        try:
            if content.audio is not None and Modality.AUDIO in self.modalities:
                return [_pitch(content.audio, **stretch)]
            if content.video is None or Modality.VIDEO not in self.modalities:
                return []
            frames = film.frames(content.video, count=content.frames, **stretch)
            heard = content.sound and self.hears_video and sound.has_sound(content.video)
            tones = [_pitch(content.video, **stretch)] if heard else []
            return [_shades(frame) for frame in frames] + tones
        except UnreadableMedia as error:
            raise InputError.at("content", str(error)) from error

    def _direction(self, embedder: str, word: str) -> np.ndarray:
        seed = int.from_bytes(_digest(f"{embedder}/{self.revision}/{word}"))
        return np.random.default_rng(seed).standard_normal(SIZE)


def _colours(data: bytes) -> str:
    try:
        with Image.open(io.BytesIO(data)) as image:
            return _shades(image)
    except (UnidentifiedImageError, OSError) as error:
        raise InputError.at("content.image", "is no picture") from error


def _shades(image: Image.Image) -> str:
    small = image.convert("RGB").resize((3, 3), Image.Resampling.BOX)
    # Coarse, so that lossy storing does not change it.
    return " ".join(str(value // 64) for value in small.tobytes())


def _pitch(data: bytes, *, start_s: float, end_s: float | None) -> str:
    """The loudest pitch to the nearest third of an octave."""
    samples = sound.decode(data, rate=8_000, start_s=start_s, end_s=end_s)
    strength = np.abs(np.fft.rfft(samples))
    strength[0] = 0
    if strength.max() < 1e-3 * len(samples):
        return "silence"
    hertz = float(strength.argmax()) * 8_000 / len(samples)
    return f"pitch {round(3 * np.log2(hertz / 440))}"


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()[:16]
