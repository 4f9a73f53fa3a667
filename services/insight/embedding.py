"""Embeds the documents' views and the queries of a query set once, at full size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np

from services.core.ports import EmbedderClient
from services.core.types.vectors import Content, EmbedderInfo, Matrix, Modality, Purpose
from services.core.vectors import normalise, truncate
from services.insight.query_set import Query, QuerySet

BATCH: Final = 32

Progress: TypeAlias = Callable[[int, int], None]
"""Told how many contents are embedded, and of how many."""
Key: TypeAlias = tuple[str | None, Path | None]
"""A content: words, a picture, or both where the embedder takes them together."""


@dataclass(frozen=True, slots=True)
class View:
    """A facet of document number `document` of the set, and the contents it is the mean of."""

    document: int
    modality: Modality
    keys: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Side:
    """Contents of one side, index or query, and their vectors at full size."""

    places: dict[Key, int]
    matrix: Matrix

    def vectors(self, keys: Sequence[tuple[Key, ...]], *, dimensions: int) -> Matrix:
        """Of each list of contents the unit mean of their vectors of that size: float32 [n, d]."""
        cut = truncate(self.matrix, dimensions)
        counts = [len(each) for each in keys]
        rows = cut[[self.places[key] for each in keys for key in each]]
        starts = np.concatenate(([0], np.cumsum(counts)[:-1])).astype(np.intp)
        return normalise(np.add.reduceat(rows.astype(np.float64), starts, axis=0))


@dataclass(frozen=True, slots=True)
class Embedded:
    """Views in the order of the documents, queries in their own, and both sides' vectors."""

    info: EmbedderInfo
    views: tuple[View, ...]
    queries: tuple[tuple[Query, tuple[Key, ...]], ...]
    index_side: Side
    query_side: Side


def embed(
    query_set: QuerySet,
    client: EmbedderClient,
    embedder: str,
    *,
    progress: Progress = lambda _done, _total: None,
) -> Embedded:
    """Embed all that the embedder can take; other views and queries are left out.

    Views are those that ingestion makes. Raises InputError for an unknown embedder, EmbedderDown.
    """
    info = client.info(embedder)
    views = tuple(
        View(place, modality, keys)
        for place, document in enumerate(query_set.documents)
        for modality, keys in _views(document.text, document.images, info)
    )
    asked = [(query, _parts(query.text, query.image, info)) for query in query_set.queries]
    queries = tuple((query, keys) for query, keys in asked if keys)
    ours = list(dict.fromkeys(key for view in views for key in view.keys))
    theirs = list(dict.fromkeys(key for _, keys in queries for key in keys))
    total = len(ours) + len(theirs)

    def side(keys: list[Key], purpose: Purpose, begun: int) -> Side:
        parts = [np.zeros((0, info.dimensions[0]), dtype=np.float32)]
        for start in range(0, len(keys), BATCH):
            contents = [_content(key) for key in keys[start : start + BATCH]]
            parts.append(client.embed(embedder, contents, purpose))
            progress(begun + min(start + BATCH, len(keys)), total)
        return Side({key: place for place, key in enumerate(keys)}, np.concatenate(parts))

    index_side = side(ours, Purpose.INDEX, 0)
    return Embedded(info, views, queries, index_side, side(theirs, Purpose.QUERY, len(ours)))


def _views(
    text: str | None, images: tuple[Path, ...], info: EmbedderInfo
) -> list[tuple[Modality, tuple[Key, ...]]]:
    words = text if "text" in info.modalities else None
    made: list[tuple[Modality, tuple[Key, ...]]] = []
    if words is not None:
        made.append((Modality.TEXT, ((words, None),)))
    for image in images if "image" in info.modalities else ():
        made.append((Modality.IMAGE, ((None, image),)))
        if words is not None:
            made.append((Modality.COMBINED, _parts(words, image, info)))
    return made


def _parts(text: str | None, image: Path | None, info: EmbedderInfo) -> tuple[Key, ...]:
    """The contents of something with words, a picture or both; none if it cannot be embedded."""
    given = {"text"} if image is None else {"image"} if text is None else {"text", "image"}
    if not given <= info.modalities:
        return ()
    if info.joint or len(given) == 1:
        return ((text, image),)
    return ((text, None), (None, image))


def _content(key: Key) -> Content:
    text, image = key
    return Content(text=text, image=None if image is None else image.read_bytes())
