"""The scorer protocol: models that read a query and a candidate together and say how well they fit.

They share contents, errors and options with the embedders (`models.base`, `models.options`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from models.base import Content, Modality, UnsupportedContent

Scores = NDArray[np.float32]

READABLE = frozenset({Modality.TEXT, Modality.IMAGE})
"""What either side of a pair may hold; a side with both is read as one."""


@dataclass(frozen=True, slots=True)
class ScorerDescription:
    """What a scorer can read and which one exactly it is."""

    name: str
    fingerprint: str
    """Short hex of weights, revision and preprocessing: equal only if scores are comparable."""
    modalities: frozenset[Modality]
    max_text_tokens: int
    """Of query and candidate together; what is beyond is cut."""
    licence: str
    summary: str
    advice: str = ""


class Scorer(Protocol):
    """Maps pairs of contents to numbers. Safe to call from several threads.

    `score` does everything at once. A runtime instead calls the two steps itself, so that the
    processor prepares one batch while the device is busy with another.
    """

    def describe(self) -> ScorerDescription:
        """What this scorer can read; the same value for its whole life."""
        ...

    def weigh(self, query: Content, candidate: Content) -> int:
        """Roughly how many tokens the pair takes in a forward pass, >= 1. Decodes nothing."""
        ...

    def preprocess(self, query: Content, candidates: Sequence[Content]) -> Any:
        """What `forward` takes. Raises `UnreadableMedia` and `UnsupportedContent`.

        Several threads may be in it at once, beside a `forward`.
        """
        ...

    def forward(self, prepared: Any) -> Scores:
        """Raw scores `[n]`, as `score` returns them. Raises `OutOfMemory`."""
        ...

    def score(self, query: Content, candidates: Sequence[Content]) -> Scores:
        """Float32 `[len(candidates)]`: log-odds that the candidate fits, higher is better.

        They are the network's own numbers, before any activation; their sigmoid is the relevance
        from 0 to 1. Raises `UnsupportedContent` for a side that is empty or holds what the model
        cannot read, `UnreadableMedia` for pictures that cannot be decoded, `OutOfMemory`.
        """
        ...

    def close(self) -> None:
        """Give back the memory it holds; it is not used again."""
        ...


def check(content: Content, described: ScorerDescription, *, side: str) -> None:
    """Raise `UnsupportedContent` unless the scorer can read that content."""
    present = content.modalities()
    blank = content.text is not None and not content.text.strip()
    if not present or (blank and present == (Modality.TEXT,)):
        raise UnsupportedContent(f"{side}: nothing to read")
    for modality in present:
        if modality not in described.modalities:
            raise UnsupportedContent(f"{side}: {described.name} cannot read {modality}")
