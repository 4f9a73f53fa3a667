"""The bare floor of a query: the same model and vector store, nothing around them."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pymilvus import MilvusClient

from models import registry
from models.base import Content, Embedder, Purpose
from services.core.index.reading import EF
from services.search.retrieve import DEPTHS

PARTITIONS = ("text", "image", "combined")


def embed(embedder: Embedder, content: Content, purpose: Purpose) -> NDArray[np.float32]:
    """One forward pass: float32 [dimensions]."""
    vector: NDArray[np.float32] = embedder.embed([content], purpose)[0]
    return vector


class BareSearch:
    """The same forward pass and the same Milvus Lite search, on a copy of our own rows."""

    def __init__(self, file: Path, embedder: Embedder, *, index: str) -> None:
        self._embedder = embedder
        self._client = MilvusClient(uri=str(file))
        self._collection = f"views_{index}_G1"
        self._client.load_collection(self._collection)

    def search(self, content: Content, *, limit: int) -> list[str]:
        """The ids of the best documents."""
        vector = embed(self._embedder, content, Purpose.QUERY)
        # As many views as we ask for first: ten documents have about twice as many near views.
        found: list[dict[str, Any]] = self._client.search(
            self._collection,
            [vector],
            limit=DEPTHS[0],
            filter=f"expires_at > {int(time.time())}",
            partition_names=list(PARTITIONS),
            search_params={"metric_type": "COSINE", "params": {"ef": EF}},
        )[0]
        return list(dict.fromkeys(hit["id"].split(":")[0] for hit in found))[:limit]


def load_model() -> Embedder:
    """The model that the server uses, in this process."""
    return registry.load("pocket")
