"""Configurations: named ways to search, that evaluations and experiments compare."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Response

from services.core import ids
from services.core.errors import Conflict, InputError, NotFound
from services.core.ports import UnitOfWork
from services.core.types.access import Scope
from services.gateway.deps import PortsDep
from services.gateway.openapi import fails
from services.gateway.routing import needs
from services.gateway.routing import router as make_router
from services.gateway.schemas.base import Page
from services.gateway.schemas.configurations import ConfigurationIn, ConfigurationOut
from services.insight.evaluation.accepting import DEFAULT
from services.search.rerank import asked

router = make_router("/v1/configurations", tag="configurations")

MOST = 200
"""Configurations of one installation."""
ConfigurationName = Annotated[
    str,
    Path(
        pattern=f"^{ids.SAVED_NAME.pattern}$",
        description="Name of the configuration.",
        examples=["words"],
    ),
]


@router.put(
    "/{name}",
    openapi_extra=needs(Scope.ADMIN),
    responses={201: {"model": ConfigurationOut, "description": "Saved"}, **fails(Conflict)},
)
def put_configuration(
    name: ConfigurationName, body: ConfigurationIn, ports: PortsDep, response: Response
) -> ConfigurationOut:
    """Save a configuration: 201, or replace the one of its name: 200."""
    if name == DEFAULT:
        raise InputError.at("name", f"{DEFAULT} is the configuration that makes no choice")
    configuration = body.configuration(name)
    if configuration.rerank is not None:
        asked.check(configuration.rerank)
    with ports.database.work() as work:
        saved = work.configurations.all()
        if len(saved) >= MOST and name not in {each.name for each in saved}:
            raise Conflict(f"there are {MOST} configurations, the most there may be")
        if body.index is not None and body.index not in {each.name for each in work.indexes.all()}:
            raise InputError.at("index", f"there is no index {body.index!r}")
        if configuration not in saved:
            _check_untried(work, name)
        new = work.configurations.put(configuration, now=ports.clock())
    if new:
        response.status_code = 201
        response.headers["Location"] = f"/v1/configurations/{name}"
    return ConfigurationOut.of(configuration)


@router.get("", openapi_extra=needs(Scope.SEARCH))
def list_configurations(ports: PortsDep) -> Page[ConfigurationOut]:
    """List the configurations by name."""
    with ports.database.read() as work:
        saved = work.configurations.all()
    return Page[ConfigurationOut](items=[ConfigurationOut.of(each) for each in saved])


@router.get("/{name}", openapi_extra=needs(Scope.SEARCH), responses=fails(NotFound))
def get_configuration(name: ConfigurationName, ports: PortsDep) -> ConfigurationOut:
    """Show a configuration."""
    with ports.database.read() as work:
        return ConfigurationOut.of(work.configurations.get(name))


@router.delete(
    "/{name}",
    status_code=204,
    openapi_extra=needs(Scope.ADMIN),
    responses=fails(NotFound, Conflict),
)
def delete_configuration(name: ConfigurationName, ports: PortsDep) -> Response:
    """Forget a configuration; evaluations that were made with it keep a copy."""
    with ports.database.work() as work:
        _check_untried(work, name)
        work.configurations.remove(name)
    return Response(status_code=204)


def _check_untried(work: UnitOfWork, name: str) -> None:
    """Raise Conflict if an experiment runs on it: its clients would meet another variant."""
    for each in work.experiments.running():
        if name in {variant.configuration for variant in each.variants}:
            raise Conflict(f"experiment {each.name!r} tries {name!r} and runs; stop it first")
