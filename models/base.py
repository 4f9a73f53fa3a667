"""The embedder protocol, its nouns and errors, and the shape every embedder follows.

    content --preprocess--> arrays --forward--> raw vectors --postprocess--> unit vectors

EmbedderError
├── UnsupportedContent      this embedder cannot do that content, purpose or dimension
├── UnreadableMedia         a picture, sound or video is damaged, unknown or over a limit
├── OutOfMemory             the batch does not fit the device; a smaller one may
└── ModelError              the model itself is missing, altered or unknown
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Prepared = TypeVar("Prepared")


PICTURE_TOKENS = 256
"""What a picture weighs in a forward pass, for models that do not say."""
SECOND_TOKENS = 25
"""What a second of sound weighs."""
USUAL_CLIP_S = 5.0


class Modality(StrEnum):
    """A kind of content that can be embedded on its own."""

    TEXT = "text"
    IMAGE = "image"
    AUDIO = "audio"
    VIDEO = "video"


JOINED = (Modality.TEXT, Modality.IMAGE)
"""What a joint embedder takes as one content."""


class Purpose(StrEnum):
    """The side a vector is for; some models prompt the two sides differently."""

    QUERY = "query"
    INDEX = "index"


class EmbedderError(ValueError):
    """Anything an embedder refuses on purpose."""


class UnsupportedContent(EmbedderError):
    """The content, or the dimension asked for, is outside what `describe()` declares."""


class UnreadableMedia(EmbedderError):
    """The media bytes cannot be decoded within the limits; `reason` is a short code."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class OutOfMemory(EmbedderError):
    """The device has no room for this batch."""


class ModelError(EmbedderError):
    """A model is unknown, or its files are missing or not those of its card."""


@dataclass(frozen=True, slots=True)
class Content:
    """One thing to embed. Media are encoded bytes, opened only by `pixels`, `sound` and `film`.

    Of a sound or a video only `start_s` to `end_s` (None: its end) is embedded. `frames` pictures
    of a video are looked at, evenly spread; with `sound` its sound track is heard too, if the
    embedder can (`Description.hears_video`) and there is one.
    """

    text: str | None = None
    image: bytes | None = None
    audio: bytes | None = None
    video: bytes | None = None
    start_s: float = 0.0
    end_s: float | None = None
    frames: int = 4
    sound: bool = True

    def modalities(self) -> tuple[Modality, ...]:
        """The modalities present, in the order of the `Modality` members."""
        return tuple(m for m in Modality if getattr(self, m.value) is not None)


@dataclass(frozen=True, slots=True)
class Description:
    """What an embedder can do and which one exactly it is."""

    name: str
    fingerprint: str
    """Short hex of weights, revision and preprocessing: equal only if vectors are comparable."""
    modalities: frozenset[Modality]
    joint: bool
    """Whether text and image in one `Content` become one vector."""
    dimensions: tuple[int, ...]
    """Usable lengths, largest (and default) first."""
    max_text_tokens: int
    licence: str
    summary: str
    advice: str = ""
    """Which searches it is good for and which not, in a sentence for whoever chooses."""
    hears_video: bool = False
    """Whether a video's sound track can go into the same vector as its pictures."""
    min_scores: Mapping[str, float] = field(default_factory=dict)
    """Where to cut hits, by type of query (`text`, `image`, `composed`), if it was measured."""


class Embedder(Protocol):
    """Maps content to unit vectors. Safe to call from several threads.

    `embed` does everything at once. A scheduler instead calls the three steps itself, so that the
    processor prepares one batch while the device is busy with another.
    """

    def describe(self) -> Description:
        """What this embedder can do; the same value for its whole life."""
        ...

    def weigh(self, content: Content) -> int:
        """Roughly how many tokens (of text, patches or sound) its forward pass will take, >= 1.

        Cheap: media are not decoded. A scheduler fills batches by it.
        """
        ...

    def preprocess(
        self, modalities: tuple[Modality, ...], batch: Sequence[Content], purpose: Purpose
    ) -> Any:
        """What `forward` takes, for contents that all carry exactly `modalities`.

        Raises `UnreadableMedia`. Several threads may be in it at once, beside a `forward`.
        """
        ...

    def forward(self, modalities: tuple[Modality, ...], prepared: Any) -> Vectors:
        """Raw vectors `[n, largest dimension]`, not yet of unit length. Raises `OutOfMemory`."""
        ...

    def postprocess(self, raw: Vectors, *, dimensions: int) -> Vectors:
        """The first `dimensions` numbers of each row, scaled to length 1."""
        ...

    def embed(
        self, batch: Sequence[Content], purpose: Purpose, *, dimensions: int | None = None
    ) -> Vectors:
        """Float32 `[len(batch), dimensions]`, each row of length 1, in the order of `batch`.

        Any mix of modalities may share a batch. `dimensions` defaults to the largest declared.
        Beside a picture a joint embedder takes a blank text too: nothing is added to the picture.
        Raises `UnsupportedContent` for an empty content, for a modality it cannot do, for several
        modalities in one content unless `joint`, and for a dimension not declared;
        `UnreadableMedia` for media that cannot be decoded.
        """
        ...

    def close(self) -> None:
        """Give back the memory it holds; it is not used again."""
        ...


class TemplateEmbedder(ABC, Generic[Prepared]):
    """Checks and groups a batch, so that a model only writes the three steps."""

    @abstractmethod
    def describe(self) -> Description: ...

    @abstractmethod
    def preprocess(
        self, modalities: tuple[Modality, ...], batch: Sequence[Content], purpose: Purpose
    ) -> Prepared:
        """See `Embedder.preprocess`."""

    @abstractmethod
    def forward(self, modalities: tuple[Modality, ...], prepared: Prepared) -> Vectors:
        """See `Embedder.forward`."""

    def weigh(self, content: Content) -> int:
        """See `Embedder.weigh`: four bytes of text a token, a usual number of patches a picture."""
        tokens = 0
        if content.text is not None:
            words = 2 + len(content.text.encode()) // 4
            tokens += min(words, self.describe().max_text_tokens)
        if content.image is not None:
            tokens += PICTURE_TOKENS
        if content.audio is not None:
            tokens += SECOND_TOKENS * _seconds(content)
        if content.video is not None:
            tokens += PICTURE_TOKENS * content.frames
        return max(1, tokens)

    def close(self) -> None:
        """Nothing to give back but what the garbage collector finds."""

    def postprocess(self, raw: Vectors, *, dimensions: int) -> Vectors:
        """The first `dimensions` numbers of each row, scaled to length 1."""
        return unit(raw[:, :dimensions])

    def embed(
        self, batch: Sequence[Content], purpose: Purpose, *, dimensions: int | None = None
    ) -> Vectors:
        """See `Embedder.embed`."""
        described = self.describe()
        width = check_dimensions(dimensions, described)
        vectors = np.empty((len(batch), width), dtype=np.float32)
        for modalities, rows in group_by_modalities(batch, described).items():
            prepared = self.preprocess(modalities, [batch[row] for row in rows], purpose)
            vectors[rows] = self.postprocess(self.forward(modalities, prepared), dimensions=width)
        return vectors


def _seconds(content: Content) -> int:
    end_s = content.start_s + USUAL_CLIP_S if content.end_s is None else content.end_s
    return max(1, round(end_s - content.start_s))


def unit(vectors: Vectors) -> Vectors:
    """Rows scaled to length 1. A row of zeros has no direction and is refused."""
    rows = np.asarray(vectors, dtype=np.float32)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    if not np.all(np.isfinite(lengths)) or np.any(lengths == 0):
        raise ModelError("the model returned a vector without a direction (zero or not finite)")
    scaled: Vectors = rows / lengths
    return scaled


def check_dimensions(dimensions: int | None, described: Description) -> int:
    """The dimension to use. Raises `UnsupportedContent` unless it is declared."""
    if dimensions is None:
        return described.dimensions[0]
    if dimensions not in described.dimensions:
        declared = ", ".join(str(d) for d in described.dimensions)
        raise UnsupportedContent(
            f"dimensions: {dimensions} is not one that {described.name} offers ({declared})"
        )
    return dimensions


def _together(described: Description) -> str:
    return (
        "text and image together, or one modality" if described.joint else "one modality at a time"
    )


def group_by_modalities(
    batch: Sequence[Content], described: Description
) -> dict[tuple[Modality, ...], list[int]]:
    """Rows of `batch` by the modalities they carry. Raises `UnsupportedContent`."""
    groups: dict[tuple[Modality, ...], list[int]] = {}
    for row, content in enumerate(batch):
        present = content.modalities()
        blank = content.text is not None and not content.text.strip()
        if not present or (blank and present == (Modality.TEXT,)):
            raise UnsupportedContent(f"content {row}: nothing to embed")
        for modality in present:
            if modality not in described.modalities:
                raise UnsupportedContent(f"content {row}: {described.name} cannot embed {modality}")
        if len(present) > 1 and not (described.joint and present == JOINED):
            raise UnsupportedContent(
                f"content {row}: {described.name} embeds {_together(described)}, got "
                + " and ".join(present)
            )
        groups.setdefault(present, []).append(row)
    return groups
