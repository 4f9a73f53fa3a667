"""Is the process there, and can it do its work?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Final, cast

from fastapi import APIRouter

from services.core.errors import FieldProblem, Unavailable
from services.core.ports import Workforce
from services.gateway.deps import GatewayDep
from services.gateway.openapi import fails
from services.gateway.schemas.health import LiveOut, ReadyOut

router = APIRouter(prefix="/health", tags=["operations"])

_WORKERS: Final = "workers"


@router.get("/live")
def live() -> LiveOut:
    """Answer as long as the process runs."""
    return LiveOut()


@router.get("/ready", responses=fails(Unavailable))
def ready(gateway: GatewayDep) -> ReadyOut:
    """Ask every dependency; 503 names the ones that do not answer within moments.

    Workers are counted only: without them searches by words and accepting go on.
    """
    runtime = gateway.runtime
    ports = runtime.ports
    required: dict[str, Callable[[], None]] = {
        "database": ports.database.check,
        "vectors": ports.vectors.check,
        "media": ports.media.check,
        "embedder": ports.embedder.check,
        **runtime.checks,
    }
    answers = gateway.readiness.answers({**required, _WORKERS: lambda: _alive(runtime.workforce)})
    workers = answers.pop(_WORKERS)
    down = tuple(
        FieldProblem(name, answer.problem)
        for name, answer in answers.items()
        if answer.problem is not None
    )
    if down:
        raise Unavailable(f"not ready: {', '.join(each.field for each in down)}", fields=down)
    return ReadyOut(
        checks=dict.fromkeys(required, "ok"), workers=cast("dict[str, int]", workers.value or {})
    )


def _alive(workforce: Workforce | None) -> dict[str, int]:
    if workforce is None:
        return {}
    return dict(Counter(worker.role for worker in workforce.workers()))
