"""Which words of a vocabulary fit a picture: their vectors and the calibrated rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from services.core.ports import EmbedderClient
from services.core.types.indexes import IndexSettings
from services.core.types.vectors import Content, Purpose, Vector
from services.core.vectors import normalise

TEMPLATES: Final = ("{word}", "a photo of something {word}")
"""A word's vector is the mean of the vectors of these."""
NEUTRAL: Final = (
    "a photo of something",
    "a picture",
    "an image",
    "a product",
    "an object",
    "a thing",
    "something",
    "nothing",
    "a shape",
    "a photo of an item for sale",
    "something on a plain background",
    "a close-up",
    "a drawing",
    "text on paper",
    "a person",
    "an animal",
    "a place",
    "a room",
    "a building",
    "food",
    "clothing",
    "furniture",
    "a tool",
    "a toy",
    "a machine",
    "a device",
)
"""Captions that say nothing: what they score is how near this picture is to any text at all."""
MIN_Z: Final = 0.75
"""How far above the mean of the neutral captions a word must score, in their standard deviations.

It and `MIN_LEAD` were chosen with the pocket model on a sample catalog that no reported number is
measured on: the best mean F1 to a thousandth, on the strict side (`python -m benchmarks.tags
--choose`; docs/limits.md).
"""
MIN_LEAD: Final = 0.6
"""How far above every other word of its list, in the same unit."""
BATCH: Final = 64
"""Texts of one call: words are embedded as queries, and must not hold up those of people."""
KEPT: Final = 32
"""Vocabularies whose vectors are remembered."""

_Scores: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words by the name of their tag, and vectors of them: float64, one row a word."""

    words: Mapping[str, tuple[str, ...]]
    vectors: Mapping[str, _Scores]
    neutral: _Scores


@dataclass(frozen=True, slots=True)
class Best:
    """The nearest word: deviations above the neutral captions, and above the second word."""

    word: str
    z: float
    lead: float


class _Remembered:
    """The last vocabularies; what is kept follows from its key alone."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._held: dict[object, Vocabulary] = {}

    def get(self, key: object) -> Vocabulary | None:
        with self._lock:
            return self._held.get(key)

    def put(self, key: object, vocabulary: Vocabulary) -> None:
        with self._lock:
            self._held[key] = vocabulary
            while len(self._held) > KEPT:
                del self._held[next(iter(self._held))]


_remembered: Final = _Remembered()


def vocabulary(client: EmbedderClient, settings: IndexSettings, *, fingerprint: str) -> Vocabulary:
    """The vectors of the index's words, embedded when they are first asked for.

    As queries, since they are compared with pictures that are indexed. Raises EmbedderDown.
    """
    lists = tuple(sorted((name, tuple(words)) for name, words in settings.tags.items()))
    key = (settings.embedder, fingerprint, settings.dimensions, lists)
    held = _remembered.get(key)
    if held is None:
        held = _embedded(client, settings)
        _remembered.put(key, held)
    return held


def found(vocabulary: Vocabulary, pictures: Sequence[Vector]) -> dict[str, list[str]]:
    """The words that fit any of a document's pictures, by tag, in the vocabulary's order.

    Each picture is judged alone: what else is in a batch, and their order, make no difference.
    """
    tags: dict[str, list[str]] = {}
    for name, words in vocabulary.words.items():
        fit = {fitting(vocabulary, name, picture) for picture in pictures}
        if chosen := [word for word in words if word in fit]:
            tags[name] = chosen
    return tags


def fitting(vocabulary: Vocabulary, name: str, picture: Vector) -> str | None:
    """The one word of a list that a picture shows, if there is one: see `best`."""
    found = best(vocabulary, name, picture)
    return found.word if found.z >= MIN_Z and found.lead >= MIN_LEAD else None


def best(vocabulary: Vocabulary, name: str, picture: Vector) -> Best:
    """The word of a list that is nearest to a picture, and how far it stands out.

    Raw cosines of different words and pictures cannot be compared. So scores are counted in
    standard deviations above the mean of what the neutral captions score for the same picture.
    """
    seen = np.asarray(picture, dtype=np.float64)
    plain = vocabulary.neutral @ seen
    spread = float(plain.std())
    words = vocabulary.words[name]
    if spread == 0.0:
        return Best(words[0], -np.inf, 0.0)
    scores = (vocabulary.vectors[name] @ seen - plain.mean()) / spread
    place = int(scores.argmax())
    others = np.delete(scores, place)
    lead = float(scores[place] - others.max()) if others.size else np.inf
    return Best(words[place], float(scores[place]), lead)


def _embedded(client: EmbedderClient, settings: IndexSettings) -> Vocabulary:
    lists = {name: tuple(words) for name, words in settings.tags.items()}
    every = tuple(dict.fromkeys(word for words in lists.values() for word in words))
    texts = [template.format(word=word) for word in every for template in TEMPLATES]
    matrix = _vectors(client, settings, [*texts, *NEUTRAL])
    means = normalise(matrix[: len(texts)].reshape(len(every), len(TEMPLATES), -1).mean(axis=1))
    of = {word: place for place, word in enumerate(every)}
    return Vocabulary(
        words=lists,
        vectors={
            name: means[[of[word] for word in words]].astype(np.float64)
            for name, words in lists.items()
        },
        neutral=matrix[len(texts) :],
    )


def _vectors(client: EmbedderClient, settings: IndexSettings, texts: Sequence[str]) -> _Scores:
    parts = [
        client.embed(
            settings.embedder,
            [Content(text=text) for text in texts[start : start + BATCH]],
            Purpose.QUERY,
            dimensions=settings.dimensions,
        )
        for start in range(0, len(texts), BATCH)
    ]
    return np.concatenate(parts).astype(np.float64)
