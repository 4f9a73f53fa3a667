"""What the two collections of a generation look like in Milvus, and whether one does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pymilvus import CollectionSchema, DataType, Function, FunctionType, MilvusClient

from services.core.errors import Conflict
from services.core.index import names
from services.core.index.rows import BODY_BYTES, TITLE_BYTES
from services.core.types.indexes import AttributeType, Hnsw, IndexSettings

_TYPES: Final = {
    AttributeType.STRING: DataType.VARCHAR,
    AttributeType.TAGS: DataType.VARCHAR,
    AttributeType.INTEGER: DataType.INT64,
    AttributeType.NUMBER: DataType.DOUBLE,
    AttributeType.BOOLEAN: DataType.BOOL,
}
# Milvus counts bytes: 1024 characters of up to 4, and 64 tags of 64 of them with their bars.
_LENGTHS: Final = {AttributeType.STRING: 4_096, AttributeType.TAGS: 64 * (64 * 4 + 1) + 1}
_ID_BYTES: Final = 256


def views_schema(settings: IndexSettings) -> CollectionSchema:
    """One row per view: its vector and the filter columns, nothing that is slow to materialise."""
    schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field(names.ID, DataType.VARCHAR, is_primary=True, max_length=_ID_BYTES)
    schema.add_field(names.DOCUMENT_ID, DataType.VARCHAR, max_length=_ID_BYTES)
    schema.add_field(names.VECTOR, DataType.FLOAT_VECTOR, dim=settings.dimensions)
    _add_filter_columns(schema, settings)
    return schema


def documents_schema(settings: IndexSettings) -> CollectionSchema:
    """One row per document: title and body with their BM25 vectors, and the filter columns."""
    schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field(names.DOCUMENT_ID, DataType.VARCHAR, is_primary=True, max_length=_ID_BYTES)
    for text, words, length in (
        (names.TITLE, names.TITLE_WORDS, TITLE_BYTES),
        (names.BODY, names.BODY_WORDS, BODY_BYTES),
    ):
        schema.add_field(text, DataType.VARCHAR, max_length=length, enable_analyzer=True)
        schema.add_field(words, DataType.SPARSE_FLOAT_VECTOR)
        schema.add_function(
            Function(
                name=f"{text}_bm25",
                function_type=FunctionType.BM25,
                input_field_names=[text],
                output_field_names=[words],
            )
        )
    _add_filter_columns(schema, settings)
    return schema


def views_indexes(hnsw: Hnsw) -> dict[str, dict[str, Any]]:
    # `params` inside `params`: the client flattens one level, and Milvus Lite then ignores M and
    # efConstruction and builds with its own. Nested, both Lite and the server read them.
    build = {"M": hnsw.m, "efConstruction": hnsw.ef_construction}
    return {
        names.VECTOR: {
            "index_type": "HNSW",
            "metric_type": "COSINE",
            "params": {"params": build},
        }
    }


def documents_indexes() -> dict[str, dict[str, Any]]:
    sparse = {"index_type": "SPARSE_INVERTED_INDEX", "metric_type": "BM25"}
    return {names.TITLE_WORDS: sparse, names.BODY_WORDS: sparse}


def check_fields(name: str, description: Mapping[str, Any], wanted: CollectionSchema) -> None:
    """Raise Conflict unless the existing collection has exactly the wanted fields."""
    found = {
        field["name"]: (field["type"], field.get("params", {}).get("dim"))
        for field in description["fields"]
    }
    asked = {field.name: (field.dtype, field.params.get("dim")) for field in wanted.fields}
    if found != asked:
        different = sorted(
            field for field in found.keys() | asked.keys() if found.get(field) != asked.get(field)
        )
        raise Conflict(f"collection {name} exists with other fields: {', '.join(different)}")


def check_index(name: str, description: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """Raise Conflict unless the index that was built is the one asked for.

    A store may accept a type it does not know and quietly build none.
    """
    asked = {
        "index_type": wanted["index_type"],
        "metric_type": wanted["metric_type"],
        **wanted.get("params", {}).get("params", {}),
    }
    built = {**description, **(description.get("params") or {})}
    for key, value in asked.items():
        if str(built.get(key)) != str(value):
            raise Conflict(
                f"the index of collection {name} has {key} {built.get(key)}, not {value}"
            )


def _add_filter_columns(schema: CollectionSchema, settings: IndexSettings) -> None:
    for attribute, type in settings.filterable().items():
        length = {"max_length": _LENGTHS[type]} if type in _LENGTHS else {}
        schema.add_field(names.column(attribute), _TYPES[type], nullable=True, **length)
    schema.add_field(names.EXPIRES_AT, DataType.INT64)
