"""Imports over HTTP."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, JsonValue

from services.gateway.schemas.base import Body, example
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
