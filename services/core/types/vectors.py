"""What can be embedded, on which side, and what an embedder says about itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Vector: TypeAlias = NDArray[np.float32]
"""float32 [dimensions], L2-normalised."""
Matrix: TypeAlias = NDArray[np.float32]
"""float32 [n, dimensions], rows L2-normalised."""


class Modality(StrEnum):
    """The facet of a document that a view embeds; also the name of its Milvus partition."""

    TEXT = "text"
    IMAGE = "image"
    COMBINED = "combined"
    AUDIO = "audio"
    VIDEO = "video"


class Purpose(StrEnum):
    """The side a vector is for: prompts may differ."""

    QUERY = "query"
    INDEX = "index"


@dataclass(frozen=True, slots=True)
class Content:
    """One thing to embed. Media are encoded bytes (JPEG, PNG, MP4 ...) already checked by us.

    Of a sound or a video only `start_s` to `end_s` (None: its end) is meant. `frames` pictures of a
    video are looked at; with `sound` its sound track counts too, if the embedder `hears_video`.
    """

    text: str | None = None
    image: bytes | None = None
    audio: bytes | None = None
    video: bytes | None = None
    start_s: float = 0.0
    end_s: float | None = None
    frames: int = 4
    sound: bool = True


@dataclass(frozen=True, slots=True)
class EmbedderInfo:
    """What an embedder can do. `dimensions` are the Matryoshka sizes, largest first.

    `min_scores` are similarities below which hits are mostly wrong, by type of query (`text`,
    `image`, `composed`), where they were measured.
    """

    name: str
    fingerprint: str
    modalities: frozenset[str]
    joint: bool
    dimensions: tuple[int, ...]
    max_text_tokens: int
    licence: str
    summary: str
    advice: str = ""
    hears_video: bool = False
    min_scores: Mapping[str, float] = field(default_factory=dict)
