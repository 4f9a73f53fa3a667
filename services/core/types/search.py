"""Rows of the vector store, what it is asked and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from services.core.types.documents import Json
from services.core.types.vectors import Modality, Vector


@dataclass(frozen=True, slots=True)
class ViewRow:
    """One embedded facet of a document with the columns it can be filtered by."""

    id: str
    document_id: str
    modality: Modality
    vector: Vector
    attributes: Mapping[str, Json]
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """The lexical side of a document: text for BM25 and the same filter columns."""

    document_id: str
    title: str
    body: str
    attributes: Mapping[str, Json]
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class ViewHit:
    """A view found by vector search; `score` is the cosine similarity, -1..1."""

    view_id: str
    document_id: str
    modality: Modality
    score: float


@dataclass(frozen=True, slots=True)
class LexicalHit:
    """A document found by words; `rank` counts from 1 (BM25 scores are not comparable)."""

    document_id: str
    rank: int
