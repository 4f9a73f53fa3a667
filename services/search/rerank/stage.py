"""What every stage of the cascade is given and gives back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from services.core.types.documents import Document


class Status(StrEnum):
    """How a stage ended; after anything but `applied` the order that came in goes on."""

    APPLIED = "applied"
    SKIPPED = "skipped"
    """There was nothing for it to do, or no time was left to begin."""
    TIMEOUT = "timeout"
    INVALID = "invalid"
    """It answered, and nothing usable."""
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A hit before it is reranked; `score` is what the first stage ordered by."""

    document: Document
    score: float
    updated_at: datetime
    media_id: str | None
    """The picture that stands for it: the matched one, else its first."""
    learned_ctr: float | None = None
    """What clicks taught of it (see insight/events/learning), where a stage weighs it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The query as a stage may see it."""

    index: str
    texts: tuple[str, ...]
    picture: bytes | None
    """A thumbnail of ours of the first query picture, JPEG."""
    now: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a stage says of the `n` candidates it was shown.

    `order` holds each position 0 .. n-1 once, best first. `reasons` and `terms` are by position as
    shown: why, in a sentence, and what each term of a formula added.
    """

    status: Status
    order: tuple[int, ...] = ()
    detail: str | None = None
    reasons: Mapping[int, str] = field(default_factory=dict)
    terms: Mapping[int, Mapping[str, float]] = field(default_factory=dict)
    repairs: Mapping[str, int] = field(default_factory=dict)


class Stage(Protocol):
    """One reranker with its settings for this search."""

    @property
    def name(self) -> str: ...

    @property
    def top(self) -> int | None:
        """How many of the first it looks at; None for all it is given."""

    def rank(self, asked: Asked, candidates: Sequence[Candidate], *, timeout_s: float) -> Outcome:
        """Order the candidates. May raise MargayError; the cascade takes that for unavailable."""
