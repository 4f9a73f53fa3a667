"""Every failure becomes a problem document; nothing of our insides leaves with it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from services.core import ids
from services.core.errors import (
    FieldProblem,
    InputError,
    MargayError,
    MediaRefused,
    Unauthenticated,
    Unavailable,
)
from services.gateway.allowed_methods import methods_at
from services.gateway.rate_limit import TooManyRequests
from services.gateway.schemas.base import DESCRIBED, NAMED
from services.gateway.schemas.problems import FieldProblemOut, Problem

MEDIA_TYPE = "application/problem+json"
TYPE = "/docs/errors#"
_SHOULD: Final = re.compile(r"^[A-Z]\w*(?: \w+)? should ")
_SHAPES: Final = {f"^{shape.pattern}$": words for shape, words in ids.SHAPES.items()}
"""The patterns of our names in the framework's fields, each in words."""
_OPENAI_PATH: Final = "/v1/embeddings"
_INPUT_SOURCES: Final = ("body", "query", "path", "header")


class BodyRefused(HTTPException):
    """One of our errors, in the only wrapping that the framework lets out of its body reading."""

    def __init__(self, error: MargayError) -> None:
        super().__init__(status_code=error.status, detail=error.detail)
        self.error = error


class NotJson(InputError):
    status = 400
    code = "invalid_json"
    title = "The body is not JSON we accept"


def install(app: FastAPI) -> None:
    """Answer every family of exception with a problem document."""
    app.add_exception_handler(MargayError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)


def problem_response(
    error: MargayError, *, request_id: str | None, openai: bool = False
) -> JSONResponse:
    """Shape one of our errors; with `openai`, also in the member that OpenAI's clients read."""
    problem = Problem(
        type=f"{TYPE}{error.code}",
        title=error.title,
        status=error.status,
        detail=error.detail,
        code=error.code,
        errors=[FieldProblemOut(field=each.field, problem=each.problem) for each in error.fields],
        request_id=request_id,
    )
    content: dict[str, Any] = problem.model_dump()
    if isinstance(error, MediaRefused):
        content["reason"] = error.reason
    if openai:
        param = error.fields[0].field if error.fields else None
        kind = "invalid_request_error" if error.status < 500 else "server_error"
        content["error"] = {
            "message": error.detail, "type": kind, "param": param, "code": error.code,
        }  # fmt: skip
    return JSONResponse(
        content,
        error.status,
        media_type=MEDIA_TYPE,
        headers=_headers_of(error),
    )


_MARKS: Final = frozenset({"[key]", NAMED, DESCRIBED})
"""Not part of a field's name: that a key, rather than its value, is wrong; which form it has."""


def field_name(location: Sequence[str | int]) -> str:
    """Write a validation location the way a caller would: `parts[0].weight`."""
    steps = list(location)
    if len(steps) > 1 and steps[0] in _INPUT_SOURCES:
        steps = steps[1:]
    name = ""
    for step in steps:
        if step in _MARKS:
            continue
        if isinstance(step, int):
            name += f"[{step}]"
        else:
            name += f".{step}" if name else str(step)
    return name or "body"


def problems_of(errors: Sequence[Any]) -> tuple[FieldProblem, ...]:
    """Turn pydantic's errors into ours, each field's problem once."""
    found = {FieldProblem(field_name(error["loc"]), _sentence(error)): None for error in errors}
    return tuple(found)


def invalid(errors: Sequence[Any]) -> InputError:
    """Make the error for what pydantic found wrong."""
    fields = problems_of(errors)
    first = f"{fields[0].field}: {fields[0].problem}" if fields else "the request is not valid"
    more = f" (and {len(fields) - 1} more)" if len(fields) > 1 else ""
    return InputError(first + more, fields=fields)


def _answer(request: Request, error: MargayError) -> JSONResponse:
    openai = request.url.path == _OPENAI_PATH
    return problem_response(error, request_id=_request_id(request), openai=openai)


async def _ours(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, MargayError)
    return _answer(request, error)


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    return _answer(request, invalid(error.errors()))


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    if isinstance(error, BodyRefused):
        return _answer(request, error.error)
    status = HTTPStatus(error.status_code)
    problem = Problem(
        type=f"{TYPE}{status.name.lower()}",
        title=status.phrase,
        status=status.value,
        detail=_explain(request, error),
        code=status.name.lower(),
        request_id=_request_id(request),
    )
    headers = dict(error.headers or {})
    if status is HTTPStatus.METHOD_NOT_ALLOWED:
        # The framework names the methods of the first route it came across only.
        methods = methods_at(request.app, request.url.path)
        headers["Allow"] = ", ".join(methods) if methods else headers.get("Allow", "GET")
    return JSONResponse(problem.model_dump(), status.value, headers=headers, media_type=MEDIA_TYPE)


def _explain(request: Request, error: HTTPException) -> str:
    if error.status_code == HTTPStatus.NOT_FOUND:
        return f"there is nothing at {request.url.path}"
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return f"{request.method} is not possible here"
    return str(error.detail)


def _sentence(error: Mapping[str, Any]) -> str:
    kind, message = error["type"], error["msg"]
    if kind == "string_pattern_mismatch" and (shape := _SHAPES.get(error["ctx"]["pattern"])):
        return shape
    if kind == "extra_forbidden":
        return "is not a field we know"
    if kind == "missing":
        return "is missing"
    if kind in ("model_type", "model_attributes_type", "dataclass_type", "dict_type"):
        return "must be an object"
    if kind == "timezone_aware":
        return "must say its time zone, such as a Z at the end"
    message = message.replace(" after validation", "")  # what the framework calls the list it made
    return _SHOULD.sub("must ", message.removeprefix("Value error, "))


def _headers_of(error: MargayError) -> dict[str, str]:
    if isinstance(error, Unauthenticated):
        return {"WWW-Authenticate": 'Bearer realm="margay"'}
    if isinstance(error, TooManyRequests):
        return {"Retry-After": str(error.retry_after_s)}
    if isinstance(error, Unavailable):
        return {"Retry-After": "5"}
    return {}


def _request_id(request: Request) -> str | None:
    return getattr(request.state, "request_id", None)
