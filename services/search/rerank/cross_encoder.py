"""The stage of cross-encoders: a model that reads the query and each candidate together."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from services.core.errors import InputError, MediaRefused, RerankerTimeout
from services.core.ports import Scorer
from services.core.types.documents import Document
from services.core.types.rerank import ScorerInfo
from services.core.types.vectors import Content
from services.search.rerank.stage import Asked, Candidate, Outcome, Status

MAX_CHARACTERS: Final = 4000
"""Of a candidate's words. A model that reads more tokens would gain little by the rest."""
NEEDED: Final = "this deployment has no cross-encoder (MARGAY_RERANK__CROSS_ENCODERS)"

PictureOf = Callable[[str], bytes | None]


@dataclass(frozen=True, slots=True)
class CrossEncoder:
    """Orders by the model's score, equal ones as they came.

    The model is given the query's words and, if it sees, its picture; of a candidate the title and
    description and, if it sees, the picture that stands for it. A candidate of which it can read
    nothing keeps its place, and the others share the rest. A hit's term is its relevance.
    """

    scorer: Scorer
    model: str
    picture_of: PictureOf
    top: int | None = None

    @property
    def name(self) -> str:
        return "cross_encoder"

    def rank(self, asked: Asked, candidates: Sequence[Candidate], *, timeout_s: float) -> Outcome:
        """See Stage.rank."""
        info = self.scorer.info(self.model)
        query = _query(asked, info)
        if query is None:
            can = " and ".join(sorted(info.modalities))
            return Outcome(Status.SKIPPED, detail=f"the query has nothing {info.name} reads: {can}")
        read = [(place, self._content(each, info)) for place, each in enumerate(candidates)]
        readable = [(place, content) for place, content in read if content is not None]
        if not readable:
            return Outcome(Status.SKIPPED, detail=f"no candidate has anything {info.name} reads")
        contents = [content for _, content in readable]
        try:
            scores = self.scorer.score(self.model, query, contents, timeout_s=timeout_s)
        except RerankerTimeout as error:
            return Outcome(Status.TIMEOUT, detail=error.detail)
        except (InputError, MediaRefused) as error:
            return Outcome(Status.INVALID, detail=error.detail)
        of = {place: float(score) for (place, _), score in zip(readable, scores, strict=True)}
        terms = {place: {"relevance": relevance(score)} for place, score in of.items()}
        return Outcome(Status.APPLIED, _order(len(candidates), of), terms=terms)

    def _content(self, candidate: Candidate, info: ScorerInfo) -> Content | None:
        text = _words(candidate.document) if "text" in info.modalities else None
        sees = "image" in info.modalities and candidate.media_id is not None
        image = self.picture_of(candidate.media_id or "") if sees else None
        return None if text is None and image is None else Content(text=text, image=image)


def relevance(score: float) -> float:
    """Log-odds as a relevance from 0 to 1, by the logistic function."""
    return round(1 / (1 + math.exp(-max(-80.0, min(80.0, score)))), 6)


def _query(asked: Asked, info: ScorerInfo) -> Content | None:
    words = " ".join(asked.texts).strip()
    text = words if words and "text" in info.modalities else None
    image = asked.picture if "image" in info.modalities else None
    return None if text is None and image is None else Content(text=text, image=image)


def _words(document: Document) -> str | None:
    said = "\n".join(part.strip() for part in (document.title, document.description) if part)
    return said.strip()[:MAX_CHARACTERS] or None


def _order(count: int, scores: dict[int, float]) -> tuple[int, ...]:
    """Best first over the places that have a score; the others stay where they are."""
    best = iter(sorted(scores, key=lambda place: (-scores[place], place)))
    return tuple(next(best) if place in scores else place for place in range(count))
