"""Evaluations: query sets asked by configurations, measured and compared."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import Path, Query, Response

from services.core import ids
from services.core.errors import Conflict, NotFound
from services.core.ports import Ports
from services.core.types.access import Scope
from services.core.types.evaluations import EvaluationState
from services.gateway import accepted, idempotency
from services.gateway.deps import CallerDep, Cursor, Limit, PortsDep
from services.gateway.idempotency import IdempotencyKey
from services.gateway.openapi import fails
from services.gateway.routing import needs
from services.gateway.routing import router as make_router
from services.gateway.schemas.base import Page
from services.gateway.schemas.evaluations import (
    EvaluationIn,
    EvaluationOut,
    ReportedEvaluationOut,
)
from services.insight.evaluation import accepting, report_html, reporting, thumbnails

router = make_router("/v1/evaluations", tag="evaluations")

EvaluationId = Annotated[
    str,
    Path(
        pattern=f"^{ids.EVALUATION_ID.pattern}$",
        description="Id of the evaluation.",
        examples=["eval_0197aa0000000123456789abcdef"],
    ),
]
StateFilter = Annotated[EvaluationState | None, Query(description="Only those in this state.")]
_HTML: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The report as one page",
        "content": {"text/html": {"schema": {"type": "string"}}},
    }
}


@router.post(
    "",
    status_code=202,
    response_model=EvaluationOut,
    openapi_extra=needs(Scope.ADMIN),
    responses=fails(NotFound, Conflict),
)
def start_evaluation(
    body: EvaluationIn, ports: PortsDep, caller: CallerDep, key: IdempotencyKey = None
) -> Response:
    """Accept an evaluation; it is measured in the background and goes on after a crash."""
    asked = body.model_dump()
    return accepted.once_made(
        ports,
        caller,
        key,
        idempotency.fingerprint("evaluations", body.model_dump_json()),
        lambda within: accepting.accept(ports, **asked, within=within),
        shown=lambda made: EvaluationOut.of(made).model_dump_json(),
        where="/v1/evaluations",
    )


@router.get("", openapi_extra=needs(Scope.ADMIN))
def list_evaluations(
    ports: PortsDep, state: StateFilter = None, limit: Limit = 50, cursor: Cursor = None
) -> Page[EvaluationOut]:
    """List evaluations, newest first, without their reports."""
    states = () if state is None else (state,)
    with ports.database.read() as work:
        found = work.evaluations.page(states=states, before=cursor, limit=limit + 1)
    items = [EvaluationOut.of(each) for each in found[:limit]]
    more = len(found) > limit
    return Page[EvaluationOut](items=items, next_cursor=items[-1].id if more else None)


@router.get("/{evaluation_id}", openapi_extra=needs(Scope.ADMIN), responses=fails(NotFound))
def get_evaluation(evaluation_id: EvaluationId, ports: PortsDep) -> ReportedEvaluationOut:
    """Show how far an evaluation is, and its report once it has one."""
    with ports.database.read() as work:
        evaluation = work.evaluations.get(evaluation_id)
        report = work.evaluations.report(evaluation_id)
    return ReportedEvaluationOut.of_reported(evaluation, report)


@router.get(
    "/{evaluation_id}/report.html",
    openapi_extra=needs(Scope.ADMIN),
    response_class=Response,
    responses={**_HTML, **fails(NotFound, Conflict)},
)
def get_report(evaluation_id: EvaluationId, ports: PortsDep) -> Response:
    """Show the report as one page that needs nothing else, with pictures of the worst queries."""
    return Response(
        _page(ports, evaluation_id),
        media_type="text/html; charset=utf-8",
        headers={
            "Content-Security-Policy": report_html.content_security_policy(),
            "Cache-Control": "private, no-store",
        },
    )


@router.post(
    "/{evaluation_id}/cancel",
    openapi_extra=needs(Scope.ADMIN),
    responses=fails(NotFound, Conflict),
)
def cancel_evaluation(evaluation_id: EvaluationId, ports: PortsDep) -> EvaluationOut:
    """End an evaluation; what was measured of it is forgotten."""
    return EvaluationOut.of(accepting.cancel(ports, evaluation_id))


@router.delete(
    "/{evaluation_id}",
    status_code=204,
    openapi_extra=needs(Scope.ADMIN),
    responses=fails(NotFound, Conflict),
)
def delete_evaluation(evaluation_id: EvaluationId, ports: PortsDep) -> Response:
    """Forget an evaluation that has finished, with its report."""
    with ports.database.work() as work:
        work.evaluations.remove(evaluation_id)
    return Response(status_code=204)


def _page(ports: Ports, evaluation_id: str) -> str:
    with ports.database.read() as work:
        evaluation = work.evaluations.get(evaluation_id)
        stored = work.evaluations.report(evaluation_id)
    if stored is None:
        raise Conflict(f"evaluation {evaluation_id} is {evaluation.state}: it has no report")
    report = reporting.comparison(stored)
    pictures = thumbnails.of(ports, report, index=evaluation.request.index)
    return report_html.render(report, pictures)
