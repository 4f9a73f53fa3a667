"""What one writes first: a loop that does the same job as our ingest, document by document."""

from __future__ import annotations

import io
import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps
from pymilvus import DataType, Function, FunctionType, MilvusClient

from benchmarks.floor import PARTITIONS, embed
from models.base import Content, Embedder, Purpose

VIEWS = "views"
WORDS = "words"
PICTURE_PIXELS = 1024
THUMBNAIL_PIXELS = 384


@dataclass(frozen=True, slots=True)
class Product:
    """A line of the catalog, and its picture."""

    raw: dict[str, Any]
    picture: Path

    @property
    def id(self) -> str:
        return str(self.raw["id"])

    @property
    def text(self) -> str:
        return f"{self.raw['title']}. {self.raw['description']}"


class NaiveLoop:
    """Leaves what our ingest leaves, without a ledger, checks, batches or syncs of its own.

    For each document: a normalised picture and a thumbnail in a folder, a row in SQLite, the
    vectors of its words, its picture and both in Milvus Lite, and its words for BM25.
    """

    def __init__(self, folder: Path, embedder: Embedder) -> None:
        self._embedder = embedder
        self._media = folder / "media"
        self._media.mkdir(parents=True)
        self._sql = sqlite3.connect(folder / "documents.sqlite3")
        self._sql.execute("create table documents (id text primary key, document text)")
        self._milvus = MilvusClient(uri=str(folder / "vectors.db"))
        self._make_views(embedder.describe().dimensions[0])
        self._make_words()

    def run(self, products: Sequence[Product]) -> Iterator[None]:
        """Ingest them, one a step, and make them searchable at the end."""
        for product in products:
            self._store_picture(product)
            self._insert_vectors(product)
            words = {"id": product.id, "body": product.text}
            self._milvus.insert(WORDS, [words])
            row = (product.id, json.dumps(product.raw))
            self._sql.execute("insert or replace into documents values (?, ?)", row)
            self._sql.commit()
            yield
        for collection in (VIEWS, WORDS):
            self._milvus.flush(collection)
            self._milvus.load_collection(collection)

    def _store_picture(self, product: Product) -> None:
        image = ImageOps.exif_transpose(Image.open(product.picture)).convert("RGB")
        for name, pixels in (("full", PICTURE_PIXELS), ("thumbnail", THUMBNAIL_PIXELS)):
            image.thumbnail((pixels, pixels))
            target = io.BytesIO()
            image.save(target, "JPEG", quality=90)
            (self._media / f"{product.id}.{name}.jpg").write_bytes(target.getvalue())

    def _insert_vectors(self, product: Product) -> None:
        picture = (self._media / f"{product.id}.full.jpg").read_bytes()
        text = embed(self._embedder, Content(text=product.text), Purpose.INDEX)
        image = embed(self._embedder, Content(image=picture), Purpose.INDEX)
        combined = text + image
        combined /= np.linalg.norm(combined)
        for partition, vector in zip(PARTITIONS, (text, image, combined), strict=True):
            row = {
                "id": f"{product.id}:{partition}:0",
                "document_id": product.id,
                "vector": vector,
            }
            self._milvus.insert(VIEWS, [row], partition_name=partition)

    def _make_views(self, dimensions: int) -> None:
        schema = self._milvus.create_schema(enable_dynamic_field=False)
        schema.add_field("id", DataType.VARCHAR, max_length=256, is_primary=True)
        schema.add_field("document_id", DataType.VARCHAR, max_length=128)
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=dimensions)
        index = self._milvus.prepare_index_params()
        hnsw = {"M": 16, "efConstruction": 200}
        index.add_index("vector", index_type="HNSW", metric_type="COSINE", params=hnsw)
        self._milvus.create_collection(VIEWS, schema=schema, index_params=index)
        for partition in PARTITIONS:
            self._milvus.create_partition(VIEWS, partition)

    def _make_words(self) -> None:
        schema = self._milvus.create_schema(enable_dynamic_field=False)
        schema.add_field("id", DataType.VARCHAR, max_length=128, is_primary=True)
        schema.add_field("body", DataType.VARCHAR, max_length=65535, enable_analyzer=True)
        schema.add_field("terms", DataType.SPARSE_FLOAT_VECTOR)
        bm25 = Function(
            name="bm25",
            input_field_names=["body"],
            output_field_names=["terms"],
            function_type=FunctionType.BM25,
        )
        schema.add_function(bm25)
        index = self._milvus.prepare_index_params()
        index.add_index("terms", index_type="SPARSE_INVERTED_INDEX", metric_type="BM25")
        self._milvus.create_collection(WORDS, schema=schema, index_params=index)
