"""Is the process there, and can it do its work?"""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter

from services.core.errors import FieldProblem, MargayError, Unavailable
from services.gateway.deps import PortsDep
from services.gateway.openapi import fails
from services.gateway.schemas.health import LiveOut, ReadyOut

router = APIRouter(prefix="/health", tags=["operations"])


@router.get("/live")
def live() -> LiveOut:
    """Answer as long as the process runs."""
    return LiveOut()


@router.get("/ready", responses=fails(Unavailable))
def ready(ports: PortsDep) -> ReadyOut:
    """Ask every dependency; 503 names the ones that do not answer."""
    down = []
    checks: dict[str, Callable[[], None]] = {
        "database": ports.database.check,
        "vectors": ports.vectors.check,
        "media": ports.media.check,
        "embedder": ports.embedder.check,
    }
    for name, check in checks.items():
        try:
            check()
        except MargayError as error:
            down.append(FieldProblem(name, error.detail))
    if down:
        names = ", ".join(problem.field for problem in down)
        raise Unavailable(f"not ready: {names}", fields=tuple(down))
    return ReadyOut(checks=dict.fromkeys(checks, "ok"))
