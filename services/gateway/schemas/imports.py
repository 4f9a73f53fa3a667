"""Imports over HTTP."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import Field, JsonValue

from services.gateway.schemas.base import Answer, Body, JsonObject, example
from services.gateway.schemas.problems import FieldProblemOut
from services.ingest import document_json
from services.ingest.preview import Preview, PreviewRow
from services.ingest.sources import spec


class ImportIn(Body):
    """A catalog in files below one of the server's import folders (MARGAY_INGEST__IMPORT_ROOTS)."""

    model_config = Body.model_config | example(
        {
            "type": "csv",
            "path": "catalog/products.csv",
            "mapping": {
                "id": "sku",
                "title": "name",
                "images": "photo",
                "attributes.price": "price",
            },
            "defaults": {"attributes.brand": "Acme"},
        }
    )

    type: spec.SourceType
    path: Annotated[str, Field(min_length=1, max_length=spec.MAX_PATH)] = Field(
        description="Relative to an import folder, or absolute inside one."
    )
    mapping: dict[str, str] | None = Field(
        default=None, description="Field of a document -> column; default: equal names."
    )
    defaults: dict[str, JsonValue] | None = Field(
        default=None, description="Values for fields that a row leaves empty."
    )
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = Field(
        default=None, description="Of a CSV file; default: a comma."
    )


class UploadIn(Body):
    """How to read a file that comes with the request."""

    model_config = Body.model_config | example(
        {"type": "csv", "mapping": {"id": "sku", "title": "name", "attributes.price": "price"}}
    )

    type: Literal["csv", "jsonl"] | None = Field(
        default=None, description="Default: by how the file's name ends."
    )
    mapping: dict[str, str] | None = None
    defaults: dict[str, JsonValue] | None = None
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = None


IMPORT_BODY: Final[dict[str, dict[str, Any]]] = {
    "json": {"schema": {"$ref": "#/components/schemas/ImportIn"}},
    "form": {
        "schema": {
            "type": "object",
            "required": ["file"],
            "properties": {
                "request": {"$ref": "#/components/schemas/UploadIn"},
                "file": {"type": "string", "format": "binary"},
            },
        },
        "encoding": {"request": {"contentType": "application/json"}},
    },
}
"""How an import may be sent, for the OpenAPI document."""


class PreviewRowOut(Answer):
    """A row as it lies there, and the document it becomes; null: the problems say why not."""

    number: int
    fields: JsonObject
    document: JsonObject | None
    problems: list[FieldProblemOut]

    @classmethod
    def of(cls, row: PreviewRow) -> PreviewRowOut:
        made = None if row.document is None else document_json.dump(row.document)
        return cls.model_construct(
            number=row.number,
            fields=dict(row.fields),
            document=made,
            problems=[
                FieldProblemOut(field=each.field, problem=each.problem) for each in row.problems
            ],
        )


class PreviewOut(Answer):
    """The first rows of a source as an import with this mapping would take them."""

    columns: list[str]
    proposed: dict[str, str] | None = Field(
        description="Field -> column as the names suggest; null: columns are named as fields are."
    )
    mapping: dict[str, str] | None = Field(
        description="What the rows were read by: the request's mapping, else the proposed one."
    )
    rows: list[PreviewRowOut]
    more: bool = Field(description="Whether there are rows behind these.")
    broken: str | None = Field(description="Why the source cannot be read on.")

    @classmethod
    def of(cls, found: Preview) -> PreviewOut:
        return cls.model_construct(
            columns=list(found.columns),
            proposed=None if found.proposed is None else dict(found.proposed),
            mapping=None if found.mapping is None else dict(found.mapping),
            rows=[PreviewRowOut.of(row) for row in found.rows],
            more=found.more,
            broken=found.broken,
        )
