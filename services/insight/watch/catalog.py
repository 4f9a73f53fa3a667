"""What the views of an index's documents are like now, by a sample of them."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Final

import numpy as np

from services.core.ids import ViewName
from services.core.ports import Ports
from services.core.types.indexes import Index
from services.core.types.populations import Of, Population
from services.core.types.vectors import Vector
from services.insight.watch import sketch

DOCUMENTS: Final = 2_000
VIEWS: Final = 5_000
"""Most vectors that are read for it: 20 MB at 1024 dimensions."""


def sample(ports: Ports, index: Index, *, now: datetime, shift: float) -> list[Population]:
    """One population for each modality that the index has; `shift` (0 to 1) chooses the documents.

    Raises IndexDown.
    """
    with ports.database.read() as work:
        view_ids = work.populations.sample_views(index.name, documents=DOCUMENTS, shift=shift)
    taken = view_ids[:: max(1, -(-len(view_ids) // VIEWS))]
    stored = ports.vectors.vectors(index.serving(), taken) if taken else {}
    vectors: defaultdict[str, list[Vector]] = defaultdict(list)
    for view_id, vector in stored.items():
        vectors[ViewName.parse(view_id).modality].append(vector)
    return [
        Population(
            index.name,
            Of.DOCUMENTS,
            modality,
            index.space,
            since=now,
            until=now,
            vectors=sketch.of_vectors(np.stack(held)),
            scores=sketch.no_scores(),
        )
        for modality, held in sorted(vectors.items())
    ]
