"""The OpenAPI document: problems, security schemes and examples on top of what FastAPI derives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from importlib import metadata
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from services.core.errors import (
    Forbidden,
    InputError,
    MargayError,
    RateLimited,
    TooLarge,
    Unauthenticated,
    Unavailable,
    UnsupportedMedia,
)
from services.gateway.errors import MEDIA_TYPE, NotJson
from services.gateway.schemas.problems import Problem

_REF: Final = "#/components/schemas/{model}"
_ANY: Final = (InputError, Unavailable)
_GUARDED: Final = (Unauthenticated, Forbidden, RateLimited)
_WITH_BODY: Final = (NotJson, TooLarge, UnsupportedMedia)
_DESCRIPTION: Final = """\
Search products and media by text, by picture and by both at once.

Send a key as `Authorization: Bearer <key>`. Every failure is a problem document (RFC 9457) whose
`errors` name the fields. Listings are `{items, next_cursor}`; times are RFC 3339 UTC.
"""


def fails(*errors: type[MargayError]) -> dict[int | str, dict[str, Any]]:
    """OpenAPI responses for the errors that an operation may end in."""
    return {
        error.status: {
            "description": error.title,
            "content": {MEDIA_TYPE: {"schema": {"$ref": _REF.format(model="Problem")}}},
        }
        for error in errors
    }


def body(media: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """OpenAPI request body of an operation that reads its own (`json`, `ndjson`, `form`)."""
    names = {
        "json": "application/json",
        "ndjson": "application/x-ndjson",
        "form": "multipart/form-data",
    }
    content = {names[kind]: entry for kind, entry in media.items()}
    return {"requestBody": {"required": True, "content": content}}


def install(app: FastAPI, *extra_models: type[BaseModel]) -> None:
    """Let `app.openapi()` build our document, with the models that hand-written parts refer to."""
    app.openapi = _builder(app, extra_models)  # type: ignore[method-assign]


def _builder(app: FastAPI, models: tuple[type[BaseModel], ...]) -> Callable[[], dict[str, Any]]:
    def build() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = get_openapi(
                title="Margay",
                version=metadata.version("margay"),
                description=_DESCRIPTION,
                routes=app.routes,
                license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
            )
            _complete(document, models)
            app.openapi_schema = document
        return app.openapi_schema

    return build


def _complete(document: dict[str, Any], extra_models: tuple[type[BaseModel], ...]) -> None:
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    referred: tuple[type[BaseModel], ...] = (Problem, *extra_models)
    for model in referred:
        schema = model.model_json_schema(ref_template=_REF)
        schemas.update(schema.pop("$defs", {}))
        schemas[model.__name__] = schema
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    components["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer"},
        "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    }
    for operations in document["paths"].values():
        for operation in operations.values():
            _complete_operation(operation)


def _complete_operation(operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    for response in responses.values():
        # OpenAPI 3.1 has no words for a stream of events; "a string", which FastAPI says, is wrong.
        if "text/event-stream" in response.get("content", {}):
            response["content"]["text/event-stream"] = {}
    if "security" not in operation:
        responses.pop("422", None)
        return
    errors = _ANY + (_GUARDED if operation["security"] else ())
    errors += _WITH_BODY if "requestBody" in operation else ()
    for status, response in fails(*errors).items():
        if str(status) == "422" or str(status) not in responses:
            responses[str(status)] = response
    responses["default"] = {
        "description": HTTPStatus.INTERNAL_SERVER_ERROR.phrase,
        "content": {MEDIA_TYPE: {"schema": {"$ref": _REF.format(model="Problem")}}},
    }
    operation["responses"] = dict(sorted(responses.items()))
