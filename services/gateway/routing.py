"""The route class: key, scope, allowance and query are checked before a body is read.

A route states the scopes it needs, any one of which suffices, in its OpenAPI entry
(`openapi_extra=needs(Scope.SEARCH)`), so that what is documented is what is enforced.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
from typing import Any, Final

from fastapi import APIRouter
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from services.core.errors import FieldProblem, InputError, MargayError, UnsupportedMedia
from services.core.types.access import Caller, Scope
from services.gateway import auth, strict_json
from services.gateway.errors import BodyRefused
from services.gateway.state import Gateway, gateway_of

SCOPES: Final = "x-margay-scopes"
PARSE_IN_THREAD_ABOVE: Final = 64 * 1024


def needs(*any_of: Scope, **extra: Any) -> dict[str, Any]:
    """OpenAPI entries for an operation that needs a key with one of these scopes."""
    security: list[dict[str, list[str]]] = [{"bearer": []}, {"apiKey": []}]
    return {"security": security, SCOPES: [scope.value for scope in any_of], **extra}


def open_to_all() -> dict[str, Any]:
    """OpenAPI entries for an operation without a key: its path holds an id nobody can guess."""
    return {"security": [], SCOPES: []}


def router(prefix: str, *, tag: str) -> APIRouter:
    """Make the router of a noun."""
    return APIRouter(prefix=prefix, tags=[tag], route_class=GuardedRoute)


class StrictRequest(Request):
    """A request whose JSON is read by our rules."""

    async def json(self) -> Any:
        raw = await self.body()
        try:
            if len(raw) > PARSE_IN_THREAD_ABOVE:
                return await run_in_threadpool(strict_json.loads, raw)
            return strict_json.loads(raw)
        except MargayError as error:
            raise BodyRefused(error) from error


class GuardedRoute(APIRoute):
    """Checks what does not depend on the body, then lets the body in."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        any_of = tuple(Scope(name) for name in (self.openapi_extra or {})[SCOPES])
        known = {parameter.alias: parameter for parameter in _query_parameters(self.dependant)}
        takes_json = self.body_field is not None

        async def guarded(request: Request) -> Response:
            gateway = gateway_of(request)
            if any_of:
                request.state.caller = await _admitted(request, gateway, any_of)
            _check_query(request, known)
            if takes_json:
                _check_is_json(request)
            return await handle(StrictRequest(request.scope, request.receive))

        return guarded


async def _admitted(request: Request, gateway: Gateway, any_of: tuple[Scope, ...]) -> Caller:
    if gateway.door.is_open():
        # Nothing to look up: a hop to a thread would cost more than the check.
        return _admit(request, gateway, any_of)
    return await run_in_threadpool(_admit, request, gateway, any_of)


def _admit(request: Request, gateway: Gateway, any_of: tuple[Scope, ...]) -> Caller:
    caller = auth.authenticate(request, gateway.runtime.ports, gateway.door)
    address = request.client.host if request.client is not None else "local"
    gateway.limiter.spend(caller.key_id or f"address {address}")
    auth.authorise(caller, any_of)
    return caller


def _check_query(request: Request, known: dict[str, Any]) -> None:
    fields = []
    for name in request.query_params:
        if name not in known:
            allowed = ", ".join(sorted(known)) or "none"
            fields.append(
                FieldProblem(name[:100], f"is not a query parameter here (known: {allowed})")
            )
        elif len(request.query_params.getlist(name)) > 1:
            fields.append(FieldProblem(name, "is given more than once"))
    if fields:
        raise InputError(f"{fields[0].field}: {fields[0].problem}", fields=tuple(fields))


def _check_is_json(request: Request) -> None:
    kind = media_type(request)
    if not kind and request.headers.get("content-length", "0") == "0":
        return  # no body at all: whether one is needed is the model's to say
    if kind != "application/json":
        raise UnsupportedMedia(f"the Content-Type must be application/json, not {kind or 'absent'}")


def media_type(request: Request) -> str:
    """Return the body's media type without its parameters, in lower case; empty if not given."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _query_parameters(dependant: Dependant) -> Iterator[Any]:
    yield from dependant.query_params
    for nested in dependant.dependencies:
        yield from _query_parameters(nested)
