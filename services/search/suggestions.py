"""What a search that found nothing suggests, as nouns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.core.types.documents import Json


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition of the filter as JSON, and how many documents match all the others."""

    without: Mapping[str, Json]
    documents: int


@dataclass(frozen=True, slots=True)
class Near:
    """A document that is nearest to the query where nothing is left out."""

    id: str
    title: str
    score: float | None


@dataclass(frozen=True, slots=True)
class Suggestions:
    """`best_score` is what `min_score` would have to be to let one hit in.

    `elsewhere`: only other views than those asked for come near.
    """

    conditions: tuple[Condition, ...]
    best_score: float | None
    near: tuple[Near, ...]
    words: tuple[str, ...]
    elsewhere: bool
