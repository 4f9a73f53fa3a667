"""Experiments: drafted, started, stopped and reported by an admin; how large one must be."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Path, Query, Response

from services.core import ids
from services.core.errors import Conflict, InputError, NotFound
from services.core.ports import UnitOfWork
from services.core.queue import names
from services.core.types.access import Scope
from services.core.types.experiments import Experiment, ExperimentKind, ExperimentState
from services.gateway.deps import GatewayDep, PortsDep
from services.gateway.openapi import fails
from services.gateway.routing import needs
from services.gateway.routing import router as make_router
from services.gateway.schemas.base import Page
from services.gateway.schemas.experiments import (
    ExperimentIn,
    ExperimentOut,
    PowerIn,
    PowerOut,
    ReportOut,
    ReportQueuedOut,
)
from services.insight.experiments import lifecycle, power
from services.insight.experiments.power import SampleSize

router = make_router("/v1/experiments", tag="experiments")

MOST: Final = 1000
"""Experiments of one installation."""
ExperimentName = Annotated[
    str,
    Path(
        pattern=f"^{ids.SAVED_NAME.pattern}$",
        description="Name of the experiment.",
        examples=["words-first"],
    ),
]
OfIndex = Annotated[
    str | None, Query(pattern=f"^{ids.INDEX_NAME.pattern}$", description="Only of this index.")
]
InState = Annotated[ExperimentState | None, Query(description="Only in this state.")]


@router.post(
    "",
    status_code=201,
    openapi_extra=needs(Scope.ADMIN),
    responses=fails(Conflict),
)
def create_experiment(body: ExperimentIn, ports: PortsDep, response: Response) -> ExperimentOut:
    """Draft an experiment; it is not started by that."""
    draft = body.draft(now=ports.clock())
    lifecycle.check(draft)
    with ports.database.work() as work:
        _check_named(work, draft)
        if len(work.experiments.all()) >= MOST:
            raise Conflict(f"there are {MOST} experiments, the most there may be: delete some")
        work.experiments.add(draft)
    response.headers["Location"] = f"/v1/experiments/{draft.name}"
    return ExperimentOut.of(draft)


@router.get("", openapi_extra=needs(Scope.ADMIN))
def list_experiments(
    ports: PortsDep, index: OfIndex = None, state: InState = None
) -> Page[ExperimentOut]:
    """List the experiments, the newest first."""
    with ports.database.read() as work:
        found = work.experiments.all(index=index)
    wanted = [each for each in found if state in (None, each.state)]
    return Page[ExperimentOut](items=[ExperimentOut.of(each) for each in wanted])


@router.post("/power", openapi_extra=needs(Scope.ADMIN))
def reckon_power(body: PowerIn) -> PowerOut:
    """Say how many clients or queries an experiment needs to find a lift."""
    size = _sample_size(body)
    days = None
    if body.per_day is not None:
        days = power.days_needed(size, per_day=body.per_day, traffic=body.traffic)
    return PowerOut.of(size, days=days)


@router.get("/{name}", openapi_extra=needs(Scope.ADMIN), responses=fails(NotFound))
def get_experiment(name: ExperimentName, ports: PortsDep) -> ExperimentOut:
    """Show an experiment."""
    with ports.database.read() as work:
        return ExperimentOut.of(work.experiments.get(name))


@router.post("/{name}/start", openapi_extra=needs(Scope.ADMIN), responses=fails(NotFound, Conflict))
def start_experiment(name: ExperimentName, gateway: GatewayDep) -> ExperimentOut:
    """Let clients take part, on buckets that no other experiment of the layer has."""
    ports = gateway.runtime.ports
    # Two that start at once would both find the same buckets free.
    with ports.locks.writing("experiments"), ports.database.work() as work:
        draft = work.experiments.get(name)
        started = lifecycle.started(draft, work.experiments.running(), now=ports.clock())
        _check_named(work, draft)
        work.experiments.save(started)
    gateway.running.forget()
    return ExperimentOut.of(started)


@router.post("/{name}/stop", openapi_extra=needs(Scope.ADMIN), responses=fails(NotFound, Conflict))
def stop_experiment(name: ExperimentName, gateway: GatewayDep) -> ExperimentOut:
    """End it for good, and make its last report."""
    ports = gateway.runtime.ports
    with ports.locks.writing("experiments"), ports.database.work() as work:
        stopped = lifecycle.stopped(work.experiments.get(name), now=ports.clock())
        work.experiments.save(stopped)
        work.enqueue(names.INSIGHT_REPORT, delay_s=lifecycle.SETTLING_S, experiment=name)
    gateway.running.forget()
    return ExperimentOut.of(stopped)


@router.get("/{name}/report", openapi_extra=needs(Scope.ADMIN), responses=fails(NotFound))
def get_report(name: ExperimentName, ports: PortsDep) -> ReportOut:
    """Show the last report; of a running experiment one is made every hour."""
    with ports.database.read() as work:
        experiment = work.experiments.get(name)
        stored = work.experiments.report(name)
    if stored is None:
        raise NotFound(_unreported(experiment))
    return ReportOut.of(experiment, stored)


@router.post(
    "/{name}/report",
    status_code=202,
    openapi_extra=needs(Scope.ADMIN),
    responses=fails(NotFound, Conflict),
)
def make_report(name: ExperimentName, ports: PortsDep) -> ReportQueuedOut:
    """Have a report made of what was counted until now."""
    with ports.database.work() as work:
        experiment = work.experiments.get(name)
        if experiment.state is ExperimentState.DRAFT:
            raise Conflict(_unreported(experiment))
        stored = work.experiments.report(name)
        work.enqueue(names.INSIGHT_REPORT, experiment=name)
    return ReportQueuedOut(name=name, reported_at=None if stored is None else stored.at)


@router.delete(
    "/{name}",
    status_code=204,
    openapi_extra=needs(Scope.ADMIN),
    responses=fails(NotFound, Conflict),
)
def delete_experiment(name: ExperimentName, ports: PortsDep) -> Response:
    """Forget an experiment that does not run, with its report."""
    with ports.database.work() as work:
        if work.experiments.get(name).state is ExperimentState.RUNNING:
            raise Conflict(f"experiment {name!r} runs; stop it first")
        work.experiments.remove(name)
    return Response(status_code=204)


def _unreported(experiment: Experiment) -> str:
    name = experiment.name
    if experiment.state is ExperimentState.DRAFT:
        return f"experiment {name!r} was never started: there is nothing to report"
    return (
        f"experiment {name!r} has no report yet. One is made every hour, and at once by "
        f"margay experiments report {name} --fresh, or POST /v1/experiments/{name}/report"
    )


def _sample_size(body: PowerIn) -> SampleSize:
    if body.kind is ExperimentKind.INTERLEAVING:
        return power.queries_needed(
            min_lift=body.min_lift,
            decided=body.decided,
            alpha=body.alpha,
            power=body.power,
            analysis=body.analysis,
        )
    if body.baseline is None:
        raise InputError.at("baseline", "is missing: the share of clients that reaches the goal")
    return power.clients_needed(
        body.baseline,
        min_lift=body.min_lift,
        alpha=body.alpha,
        power=body.power,
        shares=body.shares,
        analysis=body.analysis,
    )


def _check_named(work: UnitOfWork, draft: Experiment) -> None:
    """Raise InputError unless index, configurations and query set of these names are there."""
    if draft.index not in {each.name for each in work.indexes.all()}:
        raise InputError.at("index", f"there is no index {draft.index!r}")
    saved = {each.name for each in work.configurations.all()}
    for place, each in enumerate(draft.variants):
        if each.configuration is not None and each.configuration not in saved:
            raise InputError.at(
                f"variants[{place}].configuration",
                f"there is no configuration {each.configuration!r}",
            )
    if draft.query_set is not None:
        _check_query_set(work, draft.query_set, draft.index)


def _check_query_set(work: UnitOfWork, name: str, index: str) -> None:
    try:
        found = work.query_sets.get(name)
    except NotFound as error:
        raise InputError.at("query_set", f"there is no query set {name!r}") from error
    if found.index != index:
        raise InputError.at("query_set", f"is of index {found.index!r}, not of {index!r}")
