"""The bare floor and the naive loop: the same model and vector store, nothing around them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pymilvus import DataType, MilvusClient

from models import registry
from models.base import Content, Embedder, Purpose
from services.core.index.reading import EF
from services.search.retrieve import DEPTHS

PARTITIONS = ("text", "image", "combined")
COLLECTION = "naive"


@dataclass(frozen=True, slots=True)
class Product:
    """What the loop reads of a catalog line."""

    id: str
    text: str
    picture: Path


def embed(embedder: Embedder, content: Content, purpose: Purpose) -> NDArray[np.float32]:
    """One forward pass: float32 [dimensions]."""
    vector: NDArray[np.float32] = embedder.embed([content], purpose)[0]
    return vector


class NaiveLoop:
    """What one writes first: read, embed and insert each document by itself."""

    def __init__(self, file: Path, embedder: Embedder) -> None:
        self._embedder = embedder
        self._client = MilvusClient(uri=str(file))
        schema = self._client.create_schema(enable_dynamic_field=False)
        schema.add_field("id", DataType.VARCHAR, max_length=256, is_primary=True)
        schema.add_field("document_id", DataType.VARCHAR, max_length=128)
        size = embedder.describe().dimensions[0]
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=size)
        index = self._client.prepare_index_params()
        hnsw = {"M": 16, "efConstruction": 200}
        index.add_index("vector", index_type="HNSW", metric_type="COSINE", params=hnsw)
        self._client.create_collection(COLLECTION, schema=schema, index_params=index)
        for partition in PARTITIONS:
            self._client.create_partition(COLLECTION, partition)

    def run(self, products: Sequence[Product]) -> Iterator[None]:
        """Ingest them, one a step, and make them searchable at the end."""
        for product in products:
            text = embed(self._embedder, Content(text=product.text), Purpose.INDEX)
            picture = Content(image=product.picture.read_bytes())
            image = embed(self._embedder, picture, Purpose.INDEX)
            combined = text + image
            combined /= np.linalg.norm(combined)
            for partition, vector in zip(PARTITIONS, (text, image, combined), strict=True):
                row = {
                    "id": f"{product.id}:{partition}:0",
                    "document_id": product.id,
                    "vector": vector,
                }
                self._client.insert(COLLECTION, [row], partition_name=partition)
            yield
        self._client.flush(COLLECTION)
        self._client.load_collection(COLLECTION)


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
