"""The sides of a rerank request, read and scored by a cross-encoder or an embedder's vectors."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from services.core.errors import FieldProblem, InputError, TooLarge
from services.core.media.kinds import Kind
from services.core.ports import Ports
from services.core.types.vectors import Content, Purpose
from services.gateway import embeddings_input
from services.gateway.embeddings_input import Wanted
from services.gateway.schemas.reranking import MAX_DOCUMENTS
from services.search.rerank.cross_encoder import relevance

TIMEOUT_S: Final = 120.0
_SIDES: Final = (Kind.IMAGE,)
_CANDIDATE: Final = re.compile(r"\bcandidates(?=\[\d+\])")


def model_of(asked: str | None, *, ports: Ports) -> str:
    """The model that is meant. Raises InputError naming those there are."""
    scorers, embedders = ports.scorer.names(), ports.embedder.names()
    if asked is None and scorers:
        return scorers[0]
    if asked is not None and asked in (*scorers, *embedders):
        return asked
    known = f"embedders: {', '.join(embedders)}"
    if scorers:
        known = f"cross-encoders: {', '.join(scorers)}; {known}"
    else:
        known += "; MARGAY_RERANK__CROSS_ENCODERS would add cross-encoders"
    said = "must be named: no cross-encoder is configured" if asked is None else "is none we have"
    raise InputError.at("model", f"{said} ({known})")


def read(query: Any, documents: Sequence[Any]) -> tuple[Wanted, list[Wanted]]:
    """Both sides. Raises InputError naming `query` or `documents[i]`."""
    if not documents:
        raise InputError.at("documents", "must have at least one entry")
    if len(documents) > MAX_DOCUMENTS:
        raise TooLarge.at("documents", f"must have at most {MAX_DOCUMENTS} entries")
    asked = embeddings_input.read_one(query, "query", kinds=_SIDES)
    wanted = [
        embeddings_input.read_one(each, f"documents[{place}]", kinds=_SIDES)
        for place, each in enumerate(documents)
    ]
    embeddings_input.check_number([asked, *wanted], field="documents")
    return asked, wanted


def score(model: str, query: Wanted, documents: Sequence[Wanted], *, ports: Ports) -> list[float]:
    """How relevant each document is, 0 to 1.

    Raises InputError, TooLarge, MediaRefused, FetchFailed, Busy, RerankerDown and EmbedderDown.
    """
    if model in ports.scorer.names():
        return _read_together(model, query, documents, ports=ports)
    return _compared(model, query, documents, ports=ports)


def _read_together(
    model: str, query: Wanted, documents: Sequence[Wanted], *, ports: Ports
) -> list[float]:
    info = ports.scorer.info(model)
    for each in (query, *documents):
        for kind in (*(["text"] if each.text is not None else []), *each.media):
            if kind not in info.modalities:
                able = " and ".join(sorted(info.modalities))
                raise InputError.at(f"{each.field}.{kind}", f"{model} reads {able} only")
    received = embeddings_input.received([query, *documents], field="documents", ports=ports)
    asked, *contents = [
        Content(text=each.text, image=held.get(Kind.IMAGE)) for each, held in received
    ]
    try:
        scores = ports.scorer.score(model, asked, contents, timeout_s=TIMEOUT_S)
    except InputError as error:
        error.detail = _CANDIDATE.sub("documents", error.detail)
        error.fields = tuple(
            FieldProblem(_CANDIDATE.sub("documents", each.field), each.problem)
            for each in error.fields
        )
        raise
    return [relevance(float(each)) for each in scores]


def _compared(
    model: str, query: Wanted, documents: Sequence[Wanted], *, ports: Ports
) -> list[float]:
    """Cosines of an embedder's vectors, from -1 .. 1 to 0 .. 1."""
    (asked,) = embeddings_input.embed(
        [query], embedder=model, purpose=Purpose.QUERY, dimensions=None, ports=ports
    )
    rows = embeddings_input.embed(
        documents, embedder=model, purpose=Purpose.INDEX, dimensions=None, ports=ports
    )
    return [max(0.0, min(1.0, (1.0 + float(row @ asked)) / 2.0)) for row in rows]
