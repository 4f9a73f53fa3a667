"""The bare floor and the naive loop: the same model and vector store, nothing around them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pymilvus import DataType, MilvusClient

from models import registry
from models.base import Content, Embedder, Purpose

PARTITIONS = ("text", "image", "combined")
COLLECTION = "floor"
EF = 64


@dataclass(frozen=True, slots=True)
class Product:
    """What the loop reads of a catalog line."""

    id: str
    text: str
    picture: Path


class Floor:
    """One model and one Milvus Lite file, used directly."""

    def __init__(self, file: Path) -> None:
        self.embedder: Embedder = registry.load("pocket")
        self.dimensions = self.embedder.describe().dimensions[0]
        self.client = MilvusClient(uri=str(file))
        schema = self.client.create_schema(enable_dynamic_field=False)
        schema.add_field("id", DataType.VARCHAR, max_length=256, is_primary=True)
        schema.add_field("document_id", DataType.VARCHAR, max_length=128)
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=self.dimensions)
        index = self.client.prepare_index_params()
        index.add_index(
            "vector",
            index_type="HNSW",
            metric_type="COSINE",
            params={"M": 16, "efConstruction": 200},
        )
        self.client.create_collection(COLLECTION, schema=schema, index_params=index)
        for partition in PARTITIONS:
            self.client.create_partition(COLLECTION, partition)

    def ingest_one_by_one(self, products: Sequence[Product]) -> Iterator[None]:
        """The naive loop: read, embed and insert each document by itself."""
        for product in products:
            text = self._embed(Content(text=product.text), Purpose.INDEX)
            picture = self._embed(Content(image=product.picture.read_bytes()), Purpose.INDEX)
            combined = text + picture
            combined /= np.linalg.norm(combined)
            for partition, vector in zip(PARTITIONS, (text, picture, combined), strict=True):
                row = {
                    "id": f"{product.id}:{partition}:0",
                    "document_id": product.id,
                    "vector": vector,
                }
                self.client.insert(COLLECTION, [row], partition_name=partition)
            yield

    def ready(self) -> None:
        """Seal what was inserted and load it."""
        self.client.flush(COLLECTION)
        self.client.load_collection(COLLECTION)

    def search(self, content: Content, *, limit: int) -> list[str]:
        """One forward pass and one search over all views."""
        vector = self._embed(content, Purpose.QUERY)
        found = self.client.search(
            COLLECTION,
            [vector],
            limit=max(EF, limit),
            search_params={"metric_type": "COSINE", "params": {"ef": EF}},
            output_fields=["document_id"],
        )[0]
        return [hit["entity"]["document_id"] for hit in found][:limit]

    def _embed(self, content: Content, purpose: Purpose) -> NDArray[np.float32]:
        vector: NDArray[np.float32] = self.embedder.embed([content], purpose)[0]
        return vector
