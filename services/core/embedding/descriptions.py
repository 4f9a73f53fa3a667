"""What a model can do, as JSON on the broker and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields

from services.core.embedding.reading import (
    Broken,
    fields_of,
    flag_of,
    list_of,
    number_of,
    text_of,
    texts_of,
    whole_of,
)
from services.core.types.documents import Json
from services.core.types.rerank import ScorerInfo
from services.core.types.vectors import EmbedderInfo


def write(info: EmbedderInfo | ScorerInfo) -> str:
    """The description on one line; equal ones give equal lines."""
    value = {each.name: _plain(getattr(info, each.name)) for each in fields(info)}
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def read_embedder(text: str, *, name: str) -> EmbedderInfo:
    """The description of the embedder `name`. Raises Broken."""
    given = _parsed(text, name, {each.name for each in fields(EmbedderInfo)})
    dimensions = tuple(
        whole_of(each, "dimensions") for each in list_of(given["dimensions"], "dimensions")
    )
    if not dimensions or min(dimensions) < 1 or list(dimensions) != sorted(dimensions)[::-1]:
        raise Broken("dimensions are not sizes, the largest first")
    scores = given["min_scores"]
    if not isinstance(scores, dict):
        raise Broken("min_scores is no object")
    return EmbedderInfo(
        name=name,
        fingerprint=text_of(given["fingerprint"], "fingerprint"),
        modalities=frozenset(texts_of(given["modalities"], "modalities")),
        joint=flag_of(given["joint"], "joint"),
        dimensions=dimensions,
        max_text_tokens=whole_of(given["max_text_tokens"], "max_text_tokens"),
        licence=text_of(given["licence"], "licence"),
        summary=text_of(given["summary"], "summary"),
        advice=text_of(given["advice"], "advice"),
        hears_video=flag_of(given["hears_video"], "hears_video"),
        min_scores={kind: number_of(score, "min_scores") for kind, score in scores.items()},
    )


def read_scorer(text: str, *, name: str) -> ScorerInfo:
    """The description of the cross-encoder `name`. Raises Broken."""
    given = _parsed(text, name, {each.name for each in fields(ScorerInfo)})
    return ScorerInfo(
        name=name,
        fingerprint=text_of(given["fingerprint"], "fingerprint"),
        modalities=frozenset(texts_of(given["modalities"], "modalities")),
        max_text_tokens=whole_of(given["max_text_tokens"], "max_text_tokens"),
        licence=text_of(given["licence"], "licence"),
        summary=text_of(given["summary"], "summary"),
        advice=text_of(given["advice"], "advice"),
    )


def _plain(value: object) -> object:
    if isinstance(value, frozenset):
        return sorted(map(str, value))
    return dict(value) if isinstance(value, Mapping) else value


def _parsed(text: str, name: str, names: set[str]) -> dict[str, Json]:
    try:
        value: Json = json.loads(text)
    except ValueError as error:
        raise Broken("a description is no JSON") from error
    given = fields_of(value, "a description", names)
    if given["name"] != name:
        raise Broken("a description is that of another model")
    return given
