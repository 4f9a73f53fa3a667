"""Fills in, from a saved configuration, what a search leaves open."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import replace
from typing import Any, Final

from services.core.types.configurations import Configuration
from services.search.parts import Part
from services.search.request import Fusion, GroupBy, SearchRequest, Target

_WORDS_ONLY: Final = ("hybrid", "rrf_k")
_PAIR: Final = ("text", "image")


def configured(
    request: SearchRequest, configuration: Configuration, *, given: Set[str] = frozenset()
) -> SearchRequest:
    """The request with the configuration's choices where the caller made none.

    `given` names the fields of SearchRequest that the caller chose, and `weights` for parts that
    have their own. What does not fit the query is left out: words' share and understanding where
    there are no words (its share also where views are hits), joint fusion where there is no pair of
    words and picture of equal weight, reranking where an attribute orders the hits.
    """
    if configuration.weights and "weights" not in given:
        parts = tuple(_weighed(part, configuration) for part in request.parts)
        request = replace(request, parts=parts)
    chosen: dict[str, Any] = {
        "index": configuration.index,
        "target": None if configuration.target is None else Target(configuration.target),
        "hybrid": configuration.hybrid,
        "rrf_k": configuration.rrf_k,
        "fusion": None if configuration.fusion is None else Fusion(configuration.fusion),
        "min_score": configuration.min_score,
        "max_per": configuration.max_per,
        "understand": configuration.understand,
        "rerank": configuration.rerank,
    }
    fitting = {
        name: value
        for name, value in chosen.items()
        if value is not None and name not in given and _fits(name, value, request)
    }
    return replace(request, **fitting)


def _fits(name: str, value: object, request: SearchRequest) -> bool:
    if name in _WORDS_ONLY:
        return bool(request.words) and request.group_by is GroupBy.DOCUMENT
    if value is Fusion.JOINT:
        return _joinable(request.parts)
    if name == "understand":
        return len(request.words) == 1
    return not (name == "rerank" and request.sort is not None)


def _joinable(parts: Sequence[Part]) -> bool:
    weights = {kind: [part.weight for part in parts if part.kind == kind] for kind in _PAIR}
    texts, pictures = weights.values()
    return len(texts) == 1 and texts == pictures and texts[0] > 0


def _weighed(part: Part, configuration: Configuration) -> Part:
    kind = "document_id" if part.document_id is not None else part.kind
    return replace(part, weight=configuration.weights.get(kind, part.weight))
