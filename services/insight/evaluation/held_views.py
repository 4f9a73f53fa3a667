"""All the views of an index as one matrix, to be ranked exactly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.core.ids import ViewName
from services.core.ports import Ports
from services.core.types.indexes import Collection
from services.core.types.vectors import Matrix, Modality, Vector

MOST_BYTES: Final = 512 * 1024 * 1024
"""Of vectors that are held in memory at once; a larger index is not ranked exactly."""
_PAGE: Final = 2_000


@dataclass(frozen=True, slots=True)
class Held:
    """Views by document: `owners` gives each row of `matrix` its place in `documents`, in order."""

    documents: tuple[str, ...]
    owners: NDArray[np.intp]
    matrix: Matrix

    def best(self, vector: Vector, *, depth: int) -> list[str]:
        """The `depth` documents whose nearest view is nearest; equal ones by id.

        One thread scores row after row: a product of the whole matrix is shared out to a pool of
        threads, for which a busy machine makes it wait, and rounds equal rows differently.
        """
        if not self.documents:
            return []
        scores = np.vecdot(self.matrix, vector)
        starts = np.flatnonzero(np.diff(self.owners, prepend=-1))
        nearest = np.maximum.reduceat(scores, starts)
        order = np.argsort(-nearest, kind="stable")[:depth]
        return [self.documents[place] for place in order]


def read(
    ports: Ports, collection: Collection, *, modalities: Sequence[Modality] = tuple(Modality)
) -> Held | None:
    """All views of these modalities; None where they are too many. Raises IndexDown."""
    views = sum(ports.vectors.stats(collection).views.values())
    if views * collection.settings.dimensions * 4 > MOST_BYTES:
        return None
    wanted = {modality.value for modality in modalities}
    held = sorted(
        (name.document_id, view_id)
        for view_id in ports.vectors.view_ids(collection)
        if (name := ViewName.parse(view_id)).modality in wanted
    )
    found: dict[str, Vector] = {}
    for page in _pages([view_id for _, view_id in held]):
        found |= ports.vectors.vectors(collection, page)
    rows = [(document, found[view_id]) for document, view_id in held if view_id in found]
    documents = tuple(dict.fromkeys(document for document, _ in rows))
    places = {document: place for place, document in enumerate(documents)}
    matrix = np.array([vector for _, vector in rows], dtype=np.float32)
    return Held(
        documents=documents,
        owners=np.array([places[document] for document, _ in rows], dtype=np.intp),
        matrix=matrix.reshape(-1, collection.settings.dimensions),
    )


def _pages(ids: Sequence[str]) -> Iterator[list[str]]:
    waiting = iter(ids)
    while page := list(islice(waiting, _PAGE)):
        yield page
