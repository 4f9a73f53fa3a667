"""The nouns of the training data: pictures, facts known about them, captions with claims."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

COLUMNS = ("product", "category", "kind", "colour", "pattern")
"""What can be known about a picture, or claimed by a caption; both are rows of these."""
UNKNOWN = -1
"""A fact nobody wrote down: it neither fits nor contradicts a claim."""
NOT_CLAIMED = -1
OTHER = -2
"""A fact that contradicts every claim: a shirt is no grocery product."""


@dataclass(frozen=True, slots=True)
class Caption:
    """A text and what it says, one value for each of `COLUMNS`."""

    text: str
    claims: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Samples:
    """Pictures of one source, with `facts` `[n, len(COLUMNS)]`; equal length throughout."""

    pictures: NDArray[np.uint8]
    facts: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.facts)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Names of the values of each column; a value is a position in its list."""

    products: tuple[str, ...]
    categories: tuple[str, ...]
    kinds: tuple[str, ...]
    colours: tuple[str, ...]
    patterns: tuple[str, ...]

    def sizes(self) -> dict[str, int]:
        """How many classes each helper head has, by the name of its column."""
        lists = (self.products, self.categories, self.kinds, self.colours, self.patterns)
        return {c: len(v) for c, v in zip(COLUMNS, lists, strict=True) if v}


def claim(**values: int) -> tuple[int, ...]:
    """A row of claims; what is not named is not claimed."""
    return tuple(values.get(column, NOT_CLAIMED) for column in COLUMNS)


def stack(sources: Sequence[Samples]) -> Samples:
    """Several sources as one."""
    return Samples(
        np.concatenate([s.pictures for s in sources]), np.concatenate([s.facts for s in sources])
    )
